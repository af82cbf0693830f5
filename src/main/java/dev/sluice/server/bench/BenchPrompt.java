package dev.sluice.server.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A prompt to measure with.
 *
 * @param category what kind of task it is
 * @param text the user's message
 */
public record BenchPrompt(String category, String text) {
    private static final String BUILT_IN = "bench-prompts.jsonl";

    /** The prompts that come along. */
    public static List<BenchPrompt> builtIn() throws IOException {
        try (InputStream in = Objects.requireNonNull(BenchPrompt.class.getResourceAsStream(BUILT_IN), BUILT_IN)) {
            return parse(BUILT_IN, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** The prompts of a file in the form of Spec-Bench; of several turns the first counts. */
    public static List<BenchPrompt> read(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("there is no readable file " + file + ": correct --data");
        }
        return parse(file.toString(), Files.readString(file));
    }

    private static List<BenchPrompt> parse(String name, String lines) {
        JsonMapper mapper = new JsonMapper();
        List<BenchPrompt> prompts = new ArrayList<>();
        int number = 0;
        for (String line : lines.split("\n")) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            JsonNode node;
            try {
                node = mapper.readTree(line);
            } catch (JacksonException e) {
                throw new IllegalArgumentException(name + ":" + number + ": no JSON object", e);
            }
            JsonNode turn = node.path("turns").path(0);
            if (!turn.isString() || !node.path("category").isString()) {
                throw new IllegalArgumentException(
                        name + ":" + number + ": needs \"category\", a string, and \"turns\", an array of strings");
            }
            prompts.add(new BenchPrompt(node.get("category").stringValue(), turn.stringValue()));
        }
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException(name + " holds no prompts");
        }
        return prompts;
    }

    /**
     * The prompts of some categories.
     *
     * @param categories their names; {@code all} among them means every one
     */
    public static List<BenchPrompt> of(List<BenchPrompt> prompts, List<String> categories) {
        Set<String> known = new LinkedHashSet<>();
        prompts.forEach(prompt -> known.add(prompt.category()));
        for (String category : categories) {
            if (!category.equals("all") && !known.contains(category)) {
                throw new IllegalArgumentException("there are no prompts of category \"" + category
                        + "\"; known are all, " + String.join(", ", known) + ": correct --category");
            }
        }
        return prompts.stream()
                .filter(prompt -> categories.contains("all") || categories.contains(prompt.category()))
                .toList();
    }

    /** At most {@code count} prompts, the categories in turns, in the file's order. */
    public static List<BenchPrompt> spread(List<BenchPrompt> prompts, int count) {
        Map<String, List<BenchPrompt>> byCategory = new LinkedHashMap<>();
        for (BenchPrompt prompt : prompts) {
            byCategory
                    .computeIfAbsent(prompt.category(), category -> new ArrayList<>())
                    .add(prompt);
        }
        List<BenchPrompt> chosen = new ArrayList<>();
        for (int round = 0; chosen.size() < Math.min(count, prompts.size()); round++) {
            for (List<BenchPrompt> category : byCategory.values()) {
                if (round < category.size() && chosen.size() < count) {
                    chosen.add(category.get(round));
                }
            }
        }
        return chosen;
    }
}
