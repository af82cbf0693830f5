package dev.sluice.hook.unlearn;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.GuardHookContractTests;
import dev.sluice.hook.unlearn.UnlearnRule.Below;
import dev.sluice.hook.unlearn.UnlearnRule.Semantic;
import dev.sluice.testkit.ToyEncoder;
import dev.sluice.token.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

class UnlearnHookContractTests extends GuardHookContractTests {
    private static final List<String> PIECES = List.of(
            "Mir", "ela", "Tavon", "-", " Quist", " Zag", "orje", "17", "/03", "/1962", "born", " ", "Zagreb", "é");
    private static final Vocabulary VOCABULARY = pieces();

    private static Vocabulary pieces() {
        int size = PIECES.size() + 3;
        byte[][] bytes = new byte[size][];
        String[] names = new String[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = i < PIECES.size() ? PIECES.get(i).getBytes(StandardCharsets.UTF_8) : new byte[0];
            names[i] = "<" + i + ">";
        }
        bytes[PIECES.size()] = new byte[] {(byte) 0xC3};
        BitSet control = new BitSet();
        control.set(size - 2, size);
        BitSet ends = new BitSet();
        ends.set(size - 1);
        return new Vocabulary(bytes, names, control, ends);
    }

    /** Flags every prompt that has text. */
    @Override
    protected GuardHook hook() {
        ToyEncoder encoder = new ToyEncoder();
        return new UnlearnHook(Forgotten.rule(-1, 0.7, new Semantic(0.6, Below.PAPER)), () -> encoder);
    }

    @Override
    protected Vocabulary vocabulary() {
        return VOCABULARY;
    }

    @Override
    protected int draw(Random random) {
        return random.nextInt(VOCABULARY.size());
    }
}
