package dev.sluice.model.store;

import java.util.Optional;

/** Relative paths of plain names, joined by slashes: not absolute, no way up, nothing that some file system reads otherwise. */
final class PlainPath {
    private PlainPath() {}

    /** Why a path is none, as the end of a sentence about it; empty where it is one. */
    static Optional<String> fault(String path) {
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return Optional.of("must be a relative path without empty, '.' or '..' parts");
            }
            if (part.chars().anyMatch(c -> c < ' ' || c == 127 || "\\:*?\"<>|".indexOf(c) >= 0)) {
                return Optional.of("holds a character that a file name cannot have");
            }
        }
        return Optional.empty();
    }
}
