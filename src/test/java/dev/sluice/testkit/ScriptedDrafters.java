package dev.sluice.testkit;

import dev.sluice.draft.Drafter;
import dev.sluice.draft.Growth;
import dev.sluice.draft.Successors;
import dev.sluice.draft.TokenSequence;
import dev.sluice.draft.TreeBuilder;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;

/** Drafters that are hostile or all-knowing, to show that no drafter can change an answer. */
public final class ScriptedDrafters {
    private ScriptedDrafters() {}

    /** A drafter of the given behaviour that learns nothing. */
    public static Drafter of(String name, BiConsumer<TokenSequence, TreeBuilder> behaviour) {
        return new Drafter() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Growth grow(TokenSequence context, TreeBuilder tree) {
                behaviour.accept(context, tree);
                return Growth.NONE;
            }

            @Override
            public void observe(int[] tokens, Successors[] successors) {}

            @Override
            public void finish(TokenSequence context) {}
        };
    }

    /** Proposes nothing. */
    public static Drafter empty() {
        return of("empty", (context, tree) -> {});
    }

    /** A random tree of random tokens. */
    public static Drafter random(int vocabularySize, long seed) {
        Random random = new Random(seed);
        return of("random", (context, tree) -> {
            int last = TreeBuilder.ROOT;
            for (int i = 0; i < 3 * vocabularySize && tree.room() > 0; i++) {
                int parent = random.nextInt(3) == 0 ? TreeBuilder.ROOT : last;
                int node = tree.add(parent, random.nextInt(vocabularySize), 0.5);
                last = node == TreeBuilder.REFUSED ? TreeBuilder.ROOT : node;
            }
        });
    }

    /** Proposes the given tokens, which a guard forbids, below every node it can reach. */
    public static Drafter banned(int... tokens) {
        return of("banned", (context, tree) -> {
            int parent = TreeBuilder.ROOT;
            for (int i = 0; i < 64 && tree.room() > 0; i++) {
                int node = tree.add(parent, tokens[i % tokens.length], 1);
                parent = node == TreeBuilder.REFUSED ? TreeBuilder.ROOT : node;
            }
        });
    }

    /** Proposes the same children again and again. */
    public static Drafter duplicates(int vocabularySize) {
        return of("duplicates", (context, tree) -> {
            for (int i = 0; i < 4; i++) {
                for (int token = 0; token < Math.min(3, vocabularySize); token++) {
                    int node = tree.add(TreeBuilder.ROOT, token, 0.3);
                    if (node != TreeBuilder.REFUSED) {
                        tree.add(node, token, 0.3);
                    }
                }
            }
        });
    }

    /** One chain as deep as there is room, of one token. */
    public static Drafter deepest(int token) {
        return of("deepest", (context, tree) -> {
            int parent = TreeBuilder.ROOT;
            while (tree.room() > 0 && parent != TreeBuilder.REFUSED) {
                parent = tree.add(parent, token, 1);
            }
        });
    }

    /** Knows the answer: proposes what follows in it as a chain, right as long as the answer is. */
    public static Drafter oracle(int promptLength, int[] answer) {
        return of("oracle", (context, tree) -> {
            int parent = TreeBuilder.ROOT;
            for (int i = context.length() - promptLength; i < answer.length && tree.room() > 0; i++) {
                parent = tree.add(parent, answer[i], 1);
                if (parent == TreeBuilder.REFUSED) {
                    return;
                }
            }
        });
    }

    /** All hostile drafters over a vocabulary. */
    public static List<Drafter> hostile(int vocabularySize, long seed, int... banned) {
        return List.of(
                empty(),
                random(vocabularySize, seed),
                banned(banned.length == 0 ? new int[] {0} : banned),
                duplicates(vocabularySize),
                deepest(vocabularySize - 1));
    }
}
