package dev.sluice.testkit;

import dev.sluice.token.Tokenizer;
import dev.sluice.token.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A tokenizer of 256 single bytes, some longer tokens that overlap each other, and three control tokens, of which
 * {@link #END} ends a turn. Encoding takes the longest token that fits.
 */
public final class ByteTokenizer implements Tokenizer {
    private static final List<String> WORDS =
            List.of("the", " the", "in", "ing", " and", "ab", "abc", "cd", "é", "日本", "e\u0301", "  ", "\r\n", "\"}");
    private static final int CONTROL = 256 + WORDS.size();

    /** A control token without a part in any text. */
    public static final int PAD = CONTROL;

    /** The control token that starts a turn. */
    public static final int START = CONTROL + 1;

    /** The control token that ends a turn. */
    public static final int END = CONTROL + 2;

    private static final List<String> CONTROL_NAMES = List.of("<|pad|>", "<|start|>", "<|end|>");

    private final Vocabulary vocabulary;

    /** The one vocabulary there is. */
    public ByteTokenizer() {
        byte[][] bytes = new byte[END + 1][];
        String[] names = new String[END + 1];
        for (int token = 0; token < 256; token++) {
            bytes[token] = new byte[] {(byte) token};
            names[token] = "<0x%02X>".formatted(token);
        }
        for (int i = 0; i < WORDS.size(); i++) {
            bytes[256 + i] = WORDS.get(i).getBytes(StandardCharsets.UTF_8);
            names[256 + i] = WORDS.get(i);
        }
        BitSet control = new BitSet();
        for (int i = 0; i < CONTROL_NAMES.size(); i++) {
            bytes[CONTROL + i] = new byte[0];
            names[CONTROL + i] = CONTROL_NAMES.get(i);
            control.set(CONTROL + i);
        }
        BitSet ends = new BitSet();
        ends.set(END);
        vocabulary = new Vocabulary(bytes, names, control, ends);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int[] encode(String text, boolean parseControl) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<Integer> tokens = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int token = bytes[at] & 0xFF;
            int length = 1;
            for (int other = 256; other < vocabulary.size(); other++) {
                boolean isControl = vocabulary.isControl(other);
                byte[] form =
                        isControl ? vocabulary.name(other).getBytes(StandardCharsets.UTF_8) : vocabulary.bytes(other);
                if ((parseControl || !isControl) && form.length > length && startsWith(bytes, at, form)) {
                    token = other;
                    length = form.length;
                }
            }
            tokens.add(token);
            at += length;
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String decode(int[] tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : tokens) {
            bytes.writeBytes(vocabulary.bytes(token));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static boolean startsWith(byte[] bytes, int at, byte[] form) {
        return at + form.length <= bytes.length && Arrays.equals(bytes, at, at + form.length, form, 0, form.length);
    }
}
