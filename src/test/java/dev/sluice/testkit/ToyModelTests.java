package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import dev.sluice.model.TokenMask;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The toy keeps the promises of a model, and fails where it is misused. */
class ToyModelTests {
    private final ToyModel model =
            new ToyModel(ToyModel.Settings.bare(6, 3).withBest(3).withPool(3, 4));

    @Test
    void rows_depend_on_the_logical_prefix_alone() {
        try (ModelSession chain = model.open();
                ModelSession tree = model.open()) {
            chain.reserve(3);
            tree.reserve(4);
            try (Pass one = model.forward(List.of(Segment.chain(chain, new int[] {1, 2, 3}, 0)));
                    Pass two = model.forward(
                            List.of(new Segment(tree, new int[] {1, 5, 2, 3}, new int[] {-1, 0, 0, 2}, 0)))) {
                assertThat(two.logits(2)).containsExactly(one.logits(1));
                assertThat(two.logits(3)).containsExactly(one.logits(2));
                tree.commit(new int[] {0, 2, 3});
            }
            tree.truncate(2);
            chain.commit(new int[] {0, 1});
            tree.reserve(1);
            chain.reserve(1);
            try (Pass both = model.forward(
                    List.of(Segment.chain(chain, new int[] {4}, 0), Segment.chain(tree, new int[] {4}, 0)))) {
                assertThat(both.rows()).isEqualTo(2);
                assertThat(both.logits(0)).containsExactly(both.logits(1)).containsExactly(model.logits(2, 4));
            }
        }
    }

    @Test
    void a_row_is_ranked_with_its_edits() {
        float[] raw = {2, -2, 1, 0, 3, 3};
        RowQuery query = new RowQuery(
                new int[] {0, 1},
                new float[] {2, 2},
                new float[] {0.5f, 0},
                2,
                new int[] {1, 3},
                new TokenMask(new long[] {0b110000}));
        RankedRow row = ToyModel.ranked(raw, query, new BitSet(), 3);
        assertThat(row.best().logits()).containsExactly(1.5f, 1.5f, 0.75f);
        assertThat(row.gathered()).containsExactly(-2, 0);
        assertThat(Objects.requireNonNull(row.allowed()).tokens()).containsExactly(0, 2, 3);
    }

    @Test
    void the_pool_runs_out_and_is_given_back() {
        ModelSession one = model.open();
        ModelSession two = model.open();
        assertThat(one.reserve(5)).isTrue();
        assertThat(model.freePositions()).isEqualTo(4);
        assertThat(two.reserve(5)).isFalse();
        assertThat(two.reserve(4)).isTrue();
        one.truncate(0);
        assertThat(model.freePositions()).isEqualTo(8);
        one.close();
        two.close();
        two.close();
        assertThat(model.freePositions()).isEqualTo(model.totalPositions());
        model.close();
    }

    @Test
    void misuse_fails() {
        ModelSession session = model.open();
        assertThatIllegalStateException()
                .isThrownBy(() -> model.forward(List.of(Segment.chain(session, new int[] {1}, 0))));
        session.reserve(4);
        assertThatIllegalStateException().isThrownBy(() -> session.commit(new int[] {0}));
        model.forward(List.of(new Segment(session, new int[] {1, 2, 3}, new int[] {-1, 0, 0}, 0)))
                .close();
        assertThatIllegalStateException().isThrownBy(() -> session.commit(new int[] {0, 1, 2}));
        assertThatIllegalStateException().isThrownBy(model::close);
        session.close();
        assertThatIllegalStateException().isThrownBy(() -> session.reserve(1));
    }

    @Test
    void the_tokenizer_takes_longest_tokens_and_parses_control_names_only_on_demand() {
        ByteTokenizer tokenizer = new ByteTokenizer();
        String text = "abc the é日本x<|end|>";
        assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
        assertThat(tokenizer.encode(text, false)).doesNotContain(ByteTokenizer.END);
        assertThat(tokenizer.encode(text, true)).endsWith(ByteTokenizer.END);
        assertThat(tokenizer.encode("abc", false)).hasSize(1);
        assertThat(tokenizer.vocabulary().endsOfTurn()).containsExactly(ByteTokenizer.END);
    }
}
