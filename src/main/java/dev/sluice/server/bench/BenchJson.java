package dev.sluice.server.bench;

import dev.sluice.engine.TurnTimes;
import dev.sluice.server.bench.Figures.Answer;
import dev.sluice.server.bench.Figures.PassTime;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Everything for programs: the tables' figures, and every answer of every round.
 *
 * @param figures what was found
 */
record BenchJson(Figures figures) {
    /** The document; names of times and rates end in their unit. */
    ObjectNode root() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        Machine machine = figures.machine();
        root.putObject("machine")
                .put("processor", machine.processor())
                .put("cores", machine.cores())
                .put("system", machine.system())
                .put("java", machine.java())
                .put("threads", machine.threads())
                .put("spin_count", machine.spinCount());
        root.putObject("model")
                .put("name", figures.model().name())
                .put("precision", figures.model().precision())
                .put("device", figures.model().device())
                .put("identity", figures.model().identity().toString())
                .put("fingerprint", figures.model().fingerprint());
        root.put("drafting", figures.drafting())
                .put("peer", figures.peer())
                .put("guard_rules", figures.rules())
                .put("guard_share", figures.guardShare())
                .put("rounds", figures.rounds());
        passes(root.putArray("passes"));
        ObjectNode modes = root.putObject("modes");
        figures.modes().forEach(mode -> mode(modes.putObject(mode.key()), mode, null));
        ObjectNode categories = root.putObject("categories");
        for (String category : figures.categories()) {
            ObjectNode of = categories.putObject(category);
            figures.modes().forEach(mode -> mode(of.putObject(mode.key()), mode, category));
        }
        ObjectNode agreement = root.putObject("same_tokens");
        agreement(agreement.putArray("plain"), figures.agreement(Mode.PLAIN, Mode.SPECULATIVE));
        agreement(agreement.putArray("guarded"), figures.agreement(Mode.GUARDED, Mode.BOTH));
        prefillAndStreams(root);
        answers(root.putArray("answers"));
        return root;
    }

    private void passes(ArrayNode array) {
        for (PassTime pass : figures.passes()) {
            array.addObject()
                    .put("by", pass.axis().name().toLowerCase(Locale.ROOT))
                    .put("size", pass.size())
                    .put("milliseconds", pass.millis())
                    .put("peer_milliseconds", pass.peerMillis());
        }
    }

    private void mode(ObjectNode node, Mode mode, @Nullable String category) {
        List<Answer> all = figures.of(mode, category);
        node.put("tokens_per_second", figures.speed(mode, category)).put("ratio", figures.ratio(mode, category));
        if (mode != Mode.PEER) {
            node.put("acceptance_rate", Figures.acceptance(all)).put("tokens_per_pass", Figures.perPass(all));
        }
        if (category == null) {
            node.put("first_token_milliseconds", figures.firstMillis(mode));
            if (mode != Mode.PEER) {
                loop(node.putObject("loop_microseconds_per_pass"), figures.turns(mode));
            }
        }
    }

    private static void loop(ObjectNode node, TurnTimes turns) {
        double unit = 1e3 * turns.passes();
        node.put("forward", turns.forward() / unit)
                .put("rank", turns.rank() / unit)
                .put("draft", turns.draft() / unit)
                .put("walk", turns.walk() / unit)
                .put("release", turns.release() / unit)
                .put("free", turns.free() / unit)
                .put("schedule", turns.schedule() / unit)
                .put("overhead_share", turns.overheadShare());
    }

    private static void agreement(ArrayNode array, int[] agreement) {
        array.add(agreement[0]).add(agreement[1]);
    }

    private void prefillAndStreams(ObjectNode root) {
        ObjectNode prefill = root.putObject("prefill").put("tokens", Figures.PREFILL);
        prefill.put("milliseconds", figures.prefillMillis(Mode.PLAIN));
        if (figures.peer() != null) {
            prefill.put("peer_milliseconds", figures.prefillMillis(Mode.PEER));
        }
        ArrayNode streams = root.putArray("streams");
        for (int count : figures.streams().stream()
                .map(Figures.Streams::count)
                .distinct()
                .toList()) {
            ObjectNode node = streams.addObject()
                    .put("count", count)
                    .put("tokens_per_second", figures.together(Mode.PLAIN, count));
            if (figures.peer() != null) {
                node.put("peer_tokens_per_second", figures.together(Mode.PEER, count));
            }
        }
    }

    private void answers(ArrayNode array) {
        for (Answer answer : figures.answers()) {
            array.addObject()
                    .put("category", answer.prompt().category())
                    .put("prompt_tokens", answer.promptTokens())
                    .put("mode", answer.mode().key())
                    .put("round", answer.round())
                    .put("tokens", answer.count())
                    .put("seconds", answer.seconds())
                    .put("first_token_seconds", answer.firstSeconds())
                    .put("passes", answer.passes())
                    .put("drafted", answer.drafted())
                    .put("accepted", answer.accepted());
        }
    }
}
