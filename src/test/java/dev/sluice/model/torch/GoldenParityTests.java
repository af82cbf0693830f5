package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Against values of a float64 implementation over the same weights. */
@Tag("model")
class GoldenParityTests {
    private static final Offset<Float> CLOSE = within(1e-3f);
    /** Nats between the best two logits above which the choice must be the same. */
    private static final double CLEAR = 2e-3;

    @Test
    void logits_and_hidden_states_are_within_a_thousandth() {
        TorchModel model = LoadedModels.in(Precision.FLOAT32);
        for (JsonNode record : LoadedModels.golden("logits.jsonl")) {
            int[] ids = LoadedModels.ints(record, "ids");
            try (ModelSession session = model.open()) {
                float[][] rows = LoadedModels.feed(model, session, Arrays.copyOf(ids, ids.length - 1), 64);
                session.reserve(1);
                try (Pass pass = model.forward(List.of(Segment.chain(session, new int[] {ids[ids.length - 1]}, 0)))) {
                    float[] last = pass.logits(0);
                    compareLast(record, last, pass.hidden(0));
                    for (int i = 0; i < ids.length; i++) {
                        float[] row = i < rows.length ? rows[i] : last;
                        double logSumExp = record.get("logsumexp").get(i).asDouble();
                        assertThat(logSumExp(row)).isCloseTo(logSumExp, within(1e-3));
                        int argmax = record.get("argmax").get(i).asInt();
                        assertThat((double) row[best(row)] - row[argmax]).isLessThan(CLEAR);
                    }
                }
            }
        }
    }

    private static void compareLast(JsonNode record, float[] logits, float[] hidden) {
        for (String[] fields : new String[][] {{"probe_ids", "probe_logits"}}) {
            int[] ids = LoadedModels.ints(record, fields[0]);
            for (int i = 0; i < ids.length; i++) {
                assertThat(logits[ids[i]])
                        .isCloseTo((float) record.get(fields[1]).get(i).asDouble(), CLOSE);
            }
        }
        JsonNode top = record.get("last");
        int[] ids = LoadedModels.ints(top, "ids");
        for (int i = 0; i < ids.length; i++) {
            assertThat(logits[ids[i]])
                    .isCloseTo((float) top.get("logits").get(i).asDouble(), CLOSE);
        }
        for (int i = 0; i < hidden.length; i++) {
            assertThat(hidden[i])
                    .isCloseTo((float) record.get("hidden_last").get(i).asDouble(), CLOSE);
        }
    }

    @Test
    void greedy_continuations_are_equal_while_the_choice_is_clear() {
        TorchModel model = LoadedModels.in(Precision.FLOAT32);
        int compared = 0;
        for (JsonNode record : LoadedModels.golden("greedy.jsonl")) {
            int[] tokens = LoadedModels.ints(record, "tokens");
            try (ModelSession session = model.open()) {
                float[][] prompt = LoadedModels.feed(model, session, LoadedModels.ints(record, "ids"), 64);
                float[] row = prompt[prompt.length - 1];
                for (int i = 0; i < tokens.length; i++) {
                    if (record.get("gaps").get(i).asDouble() <= CLEAR) {
                        break;
                    }
                    assertThat(best(row))
                            .as("token %d behind a prompt of %d", i, prompt.length)
                            .isEqualTo(tokens[i]);
                    compared++;
                    row = LoadedModels.feed(model, session, new int[] {tokens[i]}, 1)[0];
                }
            }
        }
        assertThat(compared).isGreaterThan(500);
    }

    @Test
    void a_tree_gives_what_plain_passes_give() {
        TorchModel model = LoadedModels.in(Precision.FLOAT32);
        for (JsonNode record : LoadedModels.golden("tree.jsonl")) {
            int[] tokens = LoadedModels.ints(record, "tokens");
            try (ModelSession session = model.open()) {
                LoadedModels.feed(model, session, LoadedModels.ints(record, "ids"), 3);
                session.reserve(tokens.length);
                Segment tree = new Segment(session, tokens, LoadedModels.ints(record, "parents"), 0);
                try (Pass pass = model.forward(List.of(tree))) {
                    for (int node = 0; node < tokens.length; node++) {
                        JsonNode row = record.get("rows").get(node);
                        int[] ids = LoadedModels.ints(row, "ids");
                        float[] logits = pass.logits(node);
                        for (int i = 0; i < ids.length; i++) {
                            assertThat(logits[ids[i]])
                                    .isCloseTo((float) row.get("logits").get(i).asDouble(), CLOSE);
                        }
                    }
                }
            }
        }
    }

    @Test
    void fewer_bits_stay_near_float32() {
        TorchModel exact = LoadedModels.in(Precision.FLOAT32);
        for (Precision precision : List.of(Precision.INT8, Precision.INT4)) {
            TorchModel coarse = LoadedModels.in(precision);
            assertThat(distance(exact, coarse)).as("KL of %s", precision).isLessThan(0.01);
        }
    }

    /** Mean divergence from the exact model over all positions of the golden prompts, in nats; printed with the share of equal choices. */
    static double distance(TorchModel exact, TorchModel coarse) {
        double sum = 0;
        int equal = 0;
        int positions = 0;
        for (JsonNode record : LoadedModels.golden("logits.jsonl")) {
            int[] ids = LoadedModels.ints(record, "ids");
            try (ModelSession one = exact.open();
                    ModelSession other = coarse.open()) {
                float[][] p = LoadedModels.feed(exact, one, ids, 64);
                float[][] q = LoadedModels.feed(coarse, other, ids, 64);
                for (int i = 0; i < ids.length; i++) {
                    sum += divergence(p[i], q[i]);
                    equal += best(p[i]) == best(q[i]) ? 1 : 0;
                    positions++;
                }
            }
        }
        System.out.printf(
                "%s against %s: KL %.2e nats, argmax equal on %.1f %% of %d positions%n",
                coarse.description().precision(),
                exact.description().precision(),
                sum / positions,
                100.0 * equal / positions,
                positions);
        return sum / positions;
    }

    private static double divergence(float[] p, float[] q) {
        double zp = logSumExp(p);
        double zq = logSumExp(q);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += Math.exp(p[i] - zp) * (p[i] - zp - q[i] + zq);
        }
        return sum;
    }

    private static double logSumExp(float[] row) {
        double top = row[best(row)];
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp(logit - top);
        }
        return top + Math.log(sum);
    }

    static int best(float[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }
}
