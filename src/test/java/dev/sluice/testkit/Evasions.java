package dev.sluice.testkit;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** Ways of writing a phrase that a reader still reads as the phrase. */
public final class Evasions {
    private static final Map<Integer, String> LOOK_ALIKES = Map.ofEntries(
            Map.entry((int) 'a', "а"),
            Map.entry((int) 'c', "с"),
            Map.entry((int) 'e', "е"),
            Map.entry((int) 'i', "і"),
            Map.entry((int) 'j', "ј"),
            Map.entry((int) 'o', "о"),
            Map.entry((int) 'p', "р"),
            Map.entry((int) 's', "ѕ"),
            Map.entry((int) 'x', "х"),
            Map.entry((int) 'y', "у"));
    private static final String INVISIBLE = "\u200B\u200C\u200D\u2060\uFEFF\u00AD\u202A\u202E\u2066\u180E";
    private static final String MARKS = "\u0300\u0301\u0323\u0336\u20DD";
    private static final Map<Integer, String> SWAPS =
            Map.of((int) 'o', "0", (int) 'i', "1", (int) 'e', "3", (int) 'a', "4", (int) 's', "5", (int) 't', "7");

    private Evasions() {}

    /** What {@code folded} must see through: case, compatibility forms, marks, invisible and look-alike characters. */
    public static String folded(String phrase, Random random) {
        StringBuilder out = new StringBuilder();
        phrase.codePoints().forEach(c -> {
            if (c == ' ') {
                out.append(" \t\n\u00A0\u2003".charAt(random.nextInt(5)));
                for (int i = random.nextInt(3); i > 0; i--) {
                    out.append(' ');
                }
                return;
            }
            out.append(letter(c, random));
            for (int i = random.nextInt(5) - 3; i > 0; i--) {
                out.append(INVISIBLE.charAt(random.nextInt(INVISIBLE.length())));
            }
        });
        while (INVISIBLE.indexOf(out.charAt(out.length() - 1)) >= 0) {
            out.setLength(out.length() - 1);
        }
        return out.toString();
    }

    private static String letter(int c, Random random) {
        int lower = Character.toLowerCase(c);
        return switch (random.nextInt(8)) {
            case 0 -> new String(Character.toChars(c)).toUpperCase(Locale.ROOT);
            case 1 -> new String(Character.toChars(c)).toLowerCase(Locale.ROOT);
            case 2 -> LOOK_ALIKES.getOrDefault(lower, Character.toString(c));
            case 3 -> c > ' ' && c < 0x7F ? Character.toString(c + 0xFEE0) : Character.toString(c);
            case 4 ->
                Normalizer.normalize(
                        Character.toString(c) + MARKS.charAt(random.nextInt(MARKS.length())), Normalizer.Form.NFC);
            case 5 -> lower >= 'a' && lower <= 'z' ? Character.toString(0x1D41A + lower - 'a') : Character.toString(c);
            default -> Character.toString(c);
        };
    }

    /** What {@code loose} must see through besides: separators between letters and digits for letters. */
    public static String loose(String phrase, Random random) {
        StringBuilder out = new StringBuilder();
        phrase.codePoints().forEach(c -> {
            String swap = SWAPS.get(Character.toLowerCase(c));
            out.append(swap != null && random.nextInt(3) == 0 ? swap : Character.toString(c));
            if (c != ' ' && random.nextInt(3) == 0) {
                out.append("-._* /".charAt(random.nextInt(6)));
            }
        });
        return out.toString();
    }
}
