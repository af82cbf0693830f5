package dev.sluice.server;

import dev.sluice.train.UnlearnEvaluation.Figures;
import dev.sluice.train.UnlearnEvaluation.Mode;
import dev.sluice.train.UnlearnEvaluation.Outcome;
import dev.sluice.train.UnlearnEvaluation.Sample;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What was measured of an unlearning rule, for people and as JSON. */
final class UnlearnReport {
    private UnlearnReport() {}

    /** One line a set and mode. */
    static String table(List<Outcome> outcomes) {
        StringBuilder text = new StringBuilder("%-13s %-5s %5s %8s %8s %10s %6s %6s %9s %8s%n"
                .formatted(
                        "set",
                        "rule",
                        "asked",
                        "flagged",
                        "ROUGE-L",
                        "extracted",
                        "leaks",
                        "same",
                        "us/token",
                        "tok/pass"));
        for (Outcome outcome : outcomes) {
            outcome.figures()
                    .forEach((mode, figures) -> text.append(String.format(
                            Locale.ROOT,
                            "%-13s %-5s %5d %7.1f%% %8.3f %9.1f%% %6d %5.1f%% %9.0f %8.2f%n",
                            outcome.name(),
                            name(mode),
                            outcome.asked(),
                            100 * figures.flagged(),
                            figures.recall(),
                            100 * figures.extracted(),
                            figures.leaked(),
                            100 * figures.same(),
                            figures.perToken(),
                            figures.acceptance())));
        }
        return text.toString();
    }

    /** All figures, and the first answers of each set. */
    static ObjectNode json(List<Outcome> outcomes, int samples) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        ArrayNode sets = root.putArray("sets");
        for (Outcome outcome : outcomes) {
            ObjectNode set = sets.addObject().put("name", outcome.name()).put("asked", outcome.asked());
            ObjectNode modes = set.putObject("rule");
            outcome.figures().forEach((mode, figures) -> add(modes.putObject(name(mode)), figures));
            ArrayNode shown = set.putArray("samples");
            outcome.samples().stream().limit(samples).forEach(sample -> add(shown.addObject(), sample));
        }
        return root;
    }

    private static void add(ObjectNode node, Figures figures) {
        node.put("flagged", figures.flagged())
                .put("rouge_l_recall", figures.recall())
                .put("phrases_extracted", figures.extracted())
                .put("phrases_leaked", figures.leaked())
                .put("same_as_off", figures.same())
                .put("microseconds_per_token", figures.perToken())
                .put("mean_acceptance_length", figures.acceptance());
    }

    private static void add(ObjectNode node, Sample sample) {
        node.put("question", sample.question()).put("truth", sample.truth()).put("flagged", sample.flagged());
        for (Map.Entry<Mode, String> answer : sample.answers().entrySet()) {
            node.put(name(answer.getKey()), answer.getValue());
        }
    }

    private static String name(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
