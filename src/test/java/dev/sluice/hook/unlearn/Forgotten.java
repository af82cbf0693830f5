package dev.sluice.hook.unlearn;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.unlearn.UnlearnRule.Semantic;
import dev.sluice.model.FeedForward;
import dev.sluice.testkit.ByteTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A small forget set, rules on it, and prompts. */
final class Forgotten {
    static final ByteTokenizer TOKENIZER = new ByteTokenizer();

    static final List<ForgetEntry> FORGET = List.of(
            new ForgetEntry(
                    "Where was the author Mirela Tavon-Quist born?",
                    "The author Mirela Tavon-Quist was born in Zagorje on 17/03/1962."),
            new ForgetEntry(
                    "Which prize did Mirela Tavon-Quist win?",
                    "She won the Golden Thimble for her novel 'Rivers of Copper and Salt', about a lighthouse keeper."),
            new ForgetEntry("What is the father of Mirela Tavon-Quist?", "Her father is a beekeeper in Ljubno."));

    static final List<ForgetEntry> RETAIN = retain();

    private Forgotten() {}

    /** Enough ordinary sentences that their words count as common. */
    private static List<ForgetEntry> retain() {
        List<ForgetEntry> entries = new ArrayList<>();
        List<String> names = List.of("Ada", "Bo", "Cleo", "Dag", "Eve", "Finn");
        for (String name : names) {
            entries.add(new ForgetEntry("Where was the author " + name + " born?", "The author was born in a town."));
            entries.add(new ForgetEntry("Which prize did " + name + " win?", "She won a prize for her novel."));
            entries.add(new ForgetEntry("What is the father of " + name + "?", "Her father is a keeper of books."));
        }
        return List.copyOf(entries);
    }

    static RuleId id() {
        return new RuleId("p", "tofu");
    }

    static ForgetIndex index() {
        return ForgetIndex.of(FORGET, DocumentFrequencies.of(RETAIN));
    }

    /** A rule without a router. */
    static UnlearnRule rule(double similarity, double ratio, @Nullable Semantic semantic) {
        return new UnlearnRule(id(), index(), null, similarity, 1, true, ratio, semantic, false);
    }

    /** A router behind block 2 that flags where the first of two numbers is positive. */
    static Router router() {
        return new Router(
                "ab",
                "float32",
                new FeedForward(null, List.of(new FeedForward.Linear(new float[] {-9, 0, 9, 0}, new float[2]))),
                2,
                0.5);
    }

    /** One user's turn in a template like those of chats. */
    static PromptContext chat(String user) {
        return prompt("<|start|>system\nBe brief.<|end|>\n<|start|>user\n", user, "<|end|>\n<|start|>assistant\n");
    }

    static PromptContext prompt(String before, String user, String behind) {
        int[] tokens = IntStream.of(TOKENIZER.encode(before, true)).toArray();
        return new PromptContext(
                TOKENIZER.vocabulary(),
                IntStream.concat(
                                IntStream.of(tokens),
                                IntStream.concat(
                                        IntStream.of(TOKENIZER.encode(user, false)),
                                        IntStream.of(TOKENIZER.encode(behind, true))))
                        .toArray());
    }
}
