package dev.sluice.token;

import dev.sluice.token.ControlNames.Piece;
import java.util.ArrayList;
import java.util.List;

/**
 * How control tokens born in a template are told from their names in what users write.
 *
 * <p>In the template each name is replaced by a mark: {@code U+FDD0}, the id in digits shifted to {@code U+FDD2} and on,
 * {@code U+FDD1}. These code points are noncharacters, which no text to be exchanged may hold; where a message holds the
 * first all the same, {@code U+FDEF} is put behind it, and taken away again after rendering. So nothing that a message holds, and
 * nothing that a template makes of it, can be a mark.
 */
final class ControlMarks {
    private static final char OPEN = '\uFDD0';
    private static final char CLOSE = '\uFDD1';
    private static final char ZERO = '\uFDD2';
    private static final char PLAIN = '\uFDEF';
    private static final int MOST_DIGITS = 9;

    private final ControlNames names;

    ControlMarks(ControlNames names) {
        this.names = names;
    }

    /** A template's text with marks for the names of control tokens. */
    String mark(String template) {
        StringBuilder marked = new StringBuilder();
        for (Piece piece : names.split(template)) {
            marked.append(piece.text());
            if (piece.token() >= 0) {
                marked.append(OPEN);
                for (char digit : Integer.toString(piece.token()).toCharArray()) {
                    marked.append((char) (ZERO + digit - '0'));
                }
                marked.append(CLOSE);
            }
        }
        return marked.toString();
    }

    /** A message's text, unable to hold a mark. */
    String escape(String text) {
        return text.indexOf(OPEN) < 0 ? text : text.replace(String.valueOf(OPEN), "" + OPEN + PLAIN);
    }

    /** Cuts rendered text at its marks. */
    List<Piece> split(String rendered) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < rendered.length(); ) {
            char character = rendered.charAt(at);
            int end = character == OPEN ? endOfMark(rendered, at) : -1;
            if (end >= 0) {
                pieces.add(new Piece(text.toString(), token(rendered, at)));
                text.setLength(0);
                at = end;
            } else {
                text.append(character);
                boolean escaped = character == OPEN && at + 1 < rendered.length() && rendered.charAt(at + 1) == PLAIN;
                at += escaped ? 2 : 1;
            }
        }
        pieces.add(new Piece(text.toString(), -1));
        return pieces;
    }

    private static int endOfMark(String text, int open) {
        int at = open + 1;
        while (at < text.length() && at <= open + MOST_DIGITS && isDigit(text.charAt(at))) {
            at++;
        }
        return at > open + 1 && at < text.length() && text.charAt(at) == CLOSE ? at + 1 : -1;
    }

    private static int token(String text, int open) {
        int token = 0;
        for (int at = open + 1; text.charAt(at) != CLOSE; at++) {
            token = 10 * token + text.charAt(at) - ZERO;
        }
        return token;
    }

    private static boolean isDigit(char character) {
        return character >= ZERO && character < ZERO + 10;
    }
}
