package dev.sluice.server;

import dev.sluice.engine.Report;
import dev.sluice.model.ModelDescription;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a bench found.
 *
 * @param machine processor, cores and Java, for people
 * @param model what the model is
 * @param maxNodes draft nodes a pass in the speculative modes
 * @param runs every answer
 * @param passes pass times by size
 * @param together many streams against one
 */
record BenchResult(
        String machine,
        ModelDescription model,
        int maxNodes,
        List<Run> runs,
        List<PassTime> passes,
        Together together) {

    /** How prompts are answered. */
    enum Mode {
        PLAIN,
        SPECULATIVE,
        GUARDED,
        GUARDED_SPECULATIVE;

        boolean speculative() {
            return this == SPECULATIVE || this == GUARDED_SPECULATIVE;
        }

        boolean guarded() {
            return this == GUARDED || this == GUARDED_SPECULATIVE;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '+');
        }
    }

    /** One answer: prompt, mode, its tokens, seconds from request to end, and the engine's report. */
    record Run(BenchPrompt prompt, Mode mode, List<Integer> tokens, double seconds, Report report) {}

    /** Median milliseconds of a pass of so many tokens. */
    record PassTime(int nodes, double millis) {}

    /** Tokens a second of so many answers, one after the other and all at once. */
    record Together(int streams, double oneByOne, double atOnce) {}

    /** What is measured on. */
    static String thisMachine() {
        return "%s, %d processors, %s, Java %s"
                .formatted(
                        processor(),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        Runtime.version());
    }

    private static String processor() {
        Path info = Path.of("/proc/cpuinfo");
        if (Files.isReadable(info)) {
            try {
                for (String line : Files.readAllLines(info)) {
                    if (line.startsWith("model name")) {
                        return line.substring(line.indexOf(':') + 1).strip();
                    }
                }
            } catch (IOException e) {
                return System.getProperty("os.arch");
            }
        }
        return System.getProperty("os.arch");
    }

    void print(PrintWriter out) {
        out.println(machine);
        out.printf(
                Locale.ROOT,
                "%s, %s on %s, identity: %s, at most %d draft nodes%n%n",
                model.name(),
                model.precision(),
                model.device(),
                model.identity(),
                maxNodes);
        out.printf("%-22s %9s %9s %9s %9s %9s%n", "mode", "tokens/s", "ratio", "passes", "accepted", "per pass");
        double plain = speed(of(Mode.PLAIN));
        for (Mode mode : Mode.values()) {
            List<Run> all = of(mode);
            out.printf(
                    Locale.ROOT,
                    "%-22s %9.1f %9.2f %9.0f %8.0f%% %9.2f%n",
                    mode.text(),
                    speed(all),
                    speed(all) / plain,
                    sum(all, run -> run.report().passes()),
                    100 * acceptance(all),
                    sum(all, run -> run.report().completionTokens())
                            / sum(all, run -> run.report().passes()));
        }
        out.printf(
                "%nsame tokens with and without speculation: plain %s, guarded %s%n",
                agreement(Mode.PLAIN, Mode.SPECULATIVE), agreement(Mode.GUARDED, Mode.GUARDED_SPECULATIVE));
        out.printf("%n%-22s %9s %9s %9s%n", "category", "ratio", "accepted", "per pass");
        byCategory().forEach((category, all) -> printCategory(out, category, all));
        out.printf("%n%-22s", "nodes in a pass");
        passes.forEach(pass -> out.printf(Locale.ROOT, " %7d", pass.nodes()));
        out.printf("%n%-22s", "milliseconds");
        passes.forEach(pass -> out.printf(Locale.ROOT, " %7.1f", pass.millis()));
        out.printf(
                Locale.ROOT,
                "%n%n%d streams together: %.1f tokens/s, one by one: %.1f, ratio %.2f%n",
                together.streams(),
                together.atOnce(),
                together.oneByOne(),
                together.atOnce() / together.oneByOne());
    }

    private void printCategory(PrintWriter out, String category, List<Run> all) {
        List<Run> both = all.stream()
                .filter(run -> run.mode() == Mode.GUARDED_SPECULATIVE)
                .toList();
        List<Run> plain = all.stream().filter(run -> run.mode() == Mode.PLAIN).toList();
        out.printf(
                Locale.ROOT,
                "%-22s %9.2f %8.0f%% %9.2f%n",
                category,
                speed(both) / speed(plain),
                100 * acceptance(both),
                sum(both, run -> run.report().completionTokens())
                        / sum(both, run -> run.report().passes()));
    }

    ObjectNode toJson() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("machine", machine)
                .put("model", model.name())
                .put("precision", model.precision())
                .put("device", model.device())
                .put("identity", model.identity().toString())
                .put("max_nodes", maxNodes);
        ObjectNode modes = root.putObject("modes");
        for (Mode mode : Mode.values()) {
            List<Run> all = of(mode);
            modes.putObject(mode.name().toLowerCase(Locale.ROOT))
                    .put("tokens", sum(all, run -> run.report().completionTokens()))
                    .put("seconds", sum(all, Run::seconds))
                    .put("tokens_per_second", speed(all))
                    .put("passes", sum(all, run -> run.report().passes()))
                    .put("drafted", sum(all, run -> run.report().drafted()))
                    .put("accepted", sum(all, run -> run.report().accepted()));
        }
        ObjectNode categories = root.putObject("guarded_speculative_by_category");
        byCategory().forEach((category, all) -> {
            List<Run> both = all.stream()
                    .filter(run -> run.mode() == Mode.GUARDED_SPECULATIVE)
                    .toList();
            categories.putObject(category).put("tokens_per_second", speed(both)).put("acceptance", acceptance(both));
        });
        ObjectNode passTimes = root.putObject("pass_milliseconds");
        passes.forEach(pass -> passTimes.put(Integer.toString(pass.nodes()), pass.millis()));
        root.putObject("together")
                .put("streams", together.streams())
                .put("tokens_per_second", together.atOnce())
                .put("one_by_one", together.oneByOne());
        return root;
    }

    private List<Run> of(Mode mode) {
        return runs.stream().filter(run -> run.mode() == mode).toList();
    }

    private Map<String, List<Run>> byCategory() {
        return runs.stream()
                .collect(Collectors.groupingBy(run -> run.prompt().category(), TreeMap::new, Collectors.toList()));
    }

    private String agreement(Mode one, Mode other) {
        List<Run> left = of(one);
        long same = left.stream()
                .filter(run -> of(other).stream()
                        .anyMatch(twin -> twin.prompt().equals(run.prompt())
                                && twin.tokens().equals(run.tokens())))
                .count();
        return same + " of " + left.size();
    }

    private static double acceptance(List<Run> all) {
        double drafted = sum(all, run -> run.report().drafted());
        return drafted == 0 ? 0 : sum(all, run -> run.report().accepted()) / drafted;
    }

    private static double speed(List<Run> all) {
        return sum(all, run -> run.report().completionTokens()) / sum(all, Run::seconds);
    }

    private static double sum(List<Run> all, ToDoubleFunction<Run> value) {
        return all.stream().mapToDouble(value).sum();
    }
}
