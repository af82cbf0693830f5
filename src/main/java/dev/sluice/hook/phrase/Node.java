package dev.sluice.hook.phrase;

import com.ibm.icu.text.UnicodeSet;
import org.jspecify.annotations.Nullable;

/** One node of an {@link Automaton}. Written to while the automaton is built, read-only afterwards. */
final class Node {
    /** What a node does. */
    enum Kind {
        /** Consumes one character of {@link #set}, then goes on at {@link #out}. */
        CHARS,
        /** Goes on at {@link #out} and at {@link #other}. */
        SPLIT,
        /** Goes on at {@link #out} where the {@link Gap} allows {@link #condition}. */
        ASSERTION,
        /** A match of {@link #rule} is complete. */
        ACCEPT,
        /** Consumes one character along {@link #children}; {@link #completes} are complete here. */
        TRIE
    }

    private static final int[] NONE = {};

    final int id;
    final Kind kind;
    /** The rule of a pattern's node; the first rewind rule through a trie's node, or -1. */
    int rule = -1;
    /** Whether a rewind rule, or a reject rule, may still complete through here. */
    boolean rewinds;

    boolean rejects;
    /** Most characters of a match through here, or 0 where the automaton itself ends it. */
    int longest;
    /** First of this node's {@code longest + 1} places in the tables of visited nodes. */
    int slot;

    @Nullable
    UnicodeSet set;

    @Nullable
    Node out;

    @Nullable
    Node other;

    int condition;

    /** Codes of the children, ascending; a code stands once for each child that it leads to. */
    int[] codes = NONE;
    /** The child behind each code. */
    Node[] children = {};
    /** Rules that are complete here. */
    int[] completes = NONE;
    /** Rules that are complete here if no character of a word follows. */
    int[] completesWord = NONE;

    Node(int id, Kind kind) {
        this.id = id;
        this.kind = kind;
    }

    /** Whether a thread that stands here can still get anywhere. */
    boolean lives() {
        return kind != Kind.TRIE || codes.length > 0 || completesWord.length > 0;
    }

    /** Whether one of the codes is in the {@link #set}. */
    boolean takes(int[] read) {
        if (set != null) {
            for (int code : read) {
                if (set.contains(code)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return kind + " " + id;
    }
}
