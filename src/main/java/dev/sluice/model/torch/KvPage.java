package dev.sluice.model.torch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A page of the KV pool that lanes refer to. It belongs to one lane until it is full and published; from then on it is
 * immutable, and any lane of its scope may refer to it. The pool alone changes it.
 */
final class KvPage {
    private final int number;

    @Nullable
    Key key;

    int references = 1;

    /** Once it is published: the sum of the watched states of its tokens, or null where that is not known. */
    double @Nullable [] stateSum;

    /**
     * What a published page holds: the tokens of its positions, behind those of the pages before it. Keys and values
     * depend on nothing else.
     *
     * @param parent the page before it, by identity, or for a first page the scope it is shared in
     * @param tokens its tokens, as many as a page has positions
     */
    record Key(Object parent, int[] tokens) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && parent.equals(key.parent) && Arrays.equals(tokens, key.tokens);
        }

        @Override
        public int hashCode() {
            return 31 * parent.hashCode() + Arrays.hashCode(tokens);
        }
    }

    KvPage(int number) {
        this.number = number;
    }

    /** Its place in the pool. */
    int number() {
        return number;
    }

    /** Whether it is immutable. */
    boolean published() {
        return key != null;
    }

    /** Lanes that refer to it. */
    int references() {
        return references;
    }
}
