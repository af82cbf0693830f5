package dev.sluice.token;

import dev.sluice.token.BytePairModel.Kind;
import dev.sluice.token.BytePairModel.Split;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/** A byte-level BPE with a token for every byte, a few merges, and the control tokens of a chat model. */
final class TinyTokenizer {
    static final List<String> CONTROL = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>");
    static final String CHATML = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n'"
            + " + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private TinyTokenizer() {}

    static BytePairModel model() {
        List<String> names = new ArrayList<>(CONTROL);
        List<Kind> kinds = new ArrayList<>(Collections.nCopies(CONTROL.size(), Kind.CONTROL));
        for (int character = 0x21; names.size() < CONTROL.size() + 256; character++) {
            boolean letter = ByteLevelAlphabet.bytes(Character.toString(character)).length == 1;
            if (letter && character < 0x144) {
                names.add(Character.toString(character));
                kinds.add(Kind.TEXT);
            }
        }
        List<String> merges = new ArrayList<>();
        for (String merge : List.of("t h", "th e", "Ġ the", "i n", "in g", "Ã ©", "l l", "o o", "1 2")) {
            names.add(merge.replace(" ", ""));
            kinds.add(Kind.TEXT);
            merges.add(merge);
        }
        names.add("<think>");
        kinds.add(Kind.LITERAL);
        BitSet ends = new BitSet();
        ends.set(0);
        ends.set(2);
        return new BytePairModel(names, kinds, merges, Split.SMOLLM, ends);
    }

    static BytePairTokenizer open() {
        return BytePairTokenizer.of(model());
    }
}
