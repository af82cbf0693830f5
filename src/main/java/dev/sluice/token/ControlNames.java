package dev.sluice.token;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The names of a vocabulary's control tokens, and where they stand in a text. Immutable. */
final class ControlNames {
    private final Map<String, Integer> tokens = new HashMap<>();
    private final @Nullable Pattern any;

    ControlNames(Vocabulary vocabulary) {
        for (int token = 0; token < vocabulary.size(); token++) {
            if (vocabulary.isControl(token) && !vocabulary.name(token).isEmpty()) {
                tokens.put(vocabulary.name(token), token);
            }
        }
        any = tokens.isEmpty()
                ? null
                : Pattern.compile(tokens.keySet().stream()
                        .sorted(Comparator.comparing(String::length).reversed())
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|")));
    }

    /** A stretch of text before a control token, or the rest of the text with token -1. */
    record Piece(String text, int token) {}

    /** Cuts a text at control-token names: leftmost first, of several at a place the longest. */
    List<Piece> split(String text) {
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        if (any != null) {
            Matcher matcher = any.matcher(text);
            while (matcher.find()) {
                pieces.add(new Piece(text.substring(from, matcher.start()), token(matcher.group())));
                from = matcher.end();
            }
        }
        pieces.add(new Piece(text.substring(from), -1));
        return pieces;
    }

    private int token(String name) {
        Integer token = tokens.get(name);
        return token == null ? -1 : token;
    }
}
