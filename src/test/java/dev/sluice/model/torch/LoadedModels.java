package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import dev.sluice.model.store.ModelStore;
import dev.sluice.testkit.SharedData;
import dev.sluice.testkit.TestModel;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** The default model, loaded once a precision, and the golden values, without which tests are skipped. */
final class LoadedModels {
    private static final Map<Precision, TorchModel> LOADED = new EnumMap<>(Precision.class);

    private LoadedModels() {}

    /** The model in a precision; shared by all tests of the process, with all sessions closed between tests. */
    static synchronized TorchModel in(Precision precision) {
        return LOADED.computeIfAbsent(
                precision, p -> TorchModel.load(TestModel.path(), options(p), (phase, done, total) -> {}));
    }

    static TorchOptions options(Precision precision) {
        return new TorchOptions(
                "test", precision, "cpu", 200L << 20, 2048, null, null, ModelStore.defaultHome(), new BitSet());
    }

    /** The records of a golden file. */
    static List<JsonNode> golden(String name) {
        return SharedData.records("golden/" + name);
    }

    /** The array of integers under a field. */
    static int[] ints(JsonNode record, String field) {
        return record.get(field).values().stream().mapToInt(JsonNode::asInt).toArray();
    }

    /** Runs tokens behind a session's committed ones, a chunk at a time, commits them, and gives all rows. */
    static float[][] feed(TorchModel model, ModelSession session, int[] tokens, int chunk) {
        float[][] rows = new float[tokens.length][];
        for (int from = 0; from < tokens.length; from += chunk) {
            int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + chunk));
            assertThat(session.reserve(part.length)).isTrue();
            try (Pass pass = model.forward(List.of(Segment.chain(session, part, 0)))) {
                for (int i = 0; i < part.length; i++) {
                    rows[from + i] = pass.logits(i);
                }
            }
            session.commit(IntStream.range(0, part.length).toArray());
        }
        return rows;
    }
}
