package dev.sluice.hook.phrase;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.token.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;

/** Texts cut into tokens of any shape: each test makes the vocabulary that it needs. */
final class Pieces {
    private Pieces() {}

    /** The first verdict that is no acceptance, and the answer position of the token it is on; position -1 for none. */
    record Outcome(int position, Verdict verdict) {}

    /** A vocabulary of these pieces, then one control token, then the end of the turn. */
    static Vocabulary vocabulary(List<byte[]> pieces) {
        int size = pieces.size() + 2;
        byte[][] bytes = Stream.concat(pieces.stream(), Stream.of(new byte[0], new byte[0]))
                .toArray(byte[][]::new);
        String[] names = new String[size];
        Arrays.setAll(names, i -> "<" + i + ">");
        BitSet control = new BitSet();
        control.set(size - 2, size);
        BitSet ends = new BitSet();
        ends.set(size - 1);
        return new Vocabulary(bytes, names, control, ends);
    }

    /** The 256 single bytes, and some longer pieces. */
    static Vocabulary bytesAnd(String... longer) {
        List<byte[]> pieces = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            pieces.add(new byte[] {(byte) b});
        }
        for (String piece : longer) {
            pieces.add(utf8(piece));
        }
        return vocabulary(pieces);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static List<byte[]> pieces(String... pieces) {
        return Stream.of(pieces).map(Pieces::utf8).toList();
    }

    /** One piece a byte. */
    static List<byte[]> bytewise(String text) {
        List<byte[]> pieces = new ArrayList<>();
        for (byte b : utf8(text)) {
            pieces.add(new byte[] {b});
        }
        return pieces;
    }

    /** The bytes of a text cut where the bits of {@code cuts} say; bit i cuts behind byte i. */
    static List<byte[]> cut(byte[] bytes, BitSet cuts) {
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (i == bytes.length - 1 || cuts.get(i)) {
                pieces.add(Arrays.copyOfRange(bytes, from, i + 1));
                from = i + 1;
            }
        }
        return pieces;
    }

    /** The state behind a prompt, in a vocabulary that holds prompt and answer: the answer's tokens come first. */
    static HookState start(PhraseHook hook, List<byte[]> prompt, List<byte[]> answer) {
        List<byte[]> all = new ArrayList<>(answer);
        all.addAll(prompt);
        int[] tokens = new int[prompt.size()];
        Arrays.setAll(tokens, i -> answer.size() + i);
        return hook.start(new PromptContext(vocabulary(all), tokens));
    }

    /** Takes the answer's pieces one after the other, as long as they are accepted. */
    static Outcome run(PhraseHook hook, List<byte[]> prompt, List<byte[]> answer, boolean ends) {
        HookState state = start(hook, prompt, answer);
        for (int i = 0; i < answer.size(); i++) {
            Verdict verdict = state.judge(i, ends && i == answer.size() - 1);
            if (!verdict.equals(Verdict.ACCEPT)) {
                return new Outcome(i, verdict);
            }
            state = state.after(i);
        }
        return new Outcome(-1, Verdict.ACCEPT);
    }

    /** Whether an ended answer of one token is stopped. */
    static boolean stops(PhraseHook hook, String answer) {
        return run(hook, List.of(), pieces(answer), true).position() >= 0;
    }

    static RuleId id(String rule) {
        return new RuleId("p", rule);
    }

    static PhraseRule ban(PhraseRule.Match match, PhraseRule.OnMatch onMatch, boolean wholeWord, String... strings) {
        return new PhraseRule(id("ban"), List.of(strings), null, match, onMatch, wholeWord, null, 64);
    }

    static PhraseRule pattern(PhraseRule.Match match, PhraseRule.OnMatch onMatch, String pattern) {
        return new PhraseRule(id("pattern"), List.of(), pattern, match, onMatch, false, null, 64);
    }

    static PhraseHook compile(PhraseRule... rules) {
        return PhraseHook.compile(List.of(rules));
    }

    static Verdict rewind(int position, String rule) {
        return new Verdict.Rewind(position, 0, 64, id(rule));
    }

    static Verdict reject(String rule) {
        return new Verdict.Reject(id(rule), "reject");
    }
}
