package dev.sluice.train;

import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.PhraseExtractor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The prompts that a router learns from: questions of the forget set and their paraphrases on one side; on the other those of
 * the retain set, everyday prompts, further negatives, and near misses: questions of the forget set about somebody else.
 *
 * @param groups prompts that belong together, as they come from one question; never split between training and validation
 */
record RouterPrompts(List<Group> groups) {
    private static final String GENERIC = "generic-prompts.txt";

    /**
     * One question in several wordings.
     *
     * @param forget whether it is about the forget set
     * @param nearMiss whether it is a question of the forget set about somebody else
     * @param prompts the question, then others
     */
    record Group(boolean forget, boolean nearMiss, List<String> prompts) {}

    /** Collects the prompts of a training. */
    static RouterPrompts of(List<ForgetEntry> forget, List<ForgetEntry> retain, List<ForgetEntry> further) {
        List<Group> groups = new ArrayList<>();
        List<String> others = new ArrayList<>(names(retain, names(forget, List.of())));
        for (int i = 0; i < forget.size(); i++) {
            String question = forget.get(i).question();
            groups.add(group(true, question));
            String other = others.isEmpty() ? question : nearMiss(question, others.get(i % others.size()));
            if (!other.equals(question)) {
                groups.add(new Group(
                        false, true, List.of(other, Paraphrases.learned(other).get(i % 3))));
            }
        }
        for (ForgetEntry entry : retain) {
            groups.add(group(false, entry.question()));
        }
        for (ForgetEntry entry : further) {
            groups.add(new Group(false, false, List.of(entry.question())));
        }
        generic().forEach(prompt -> groups.add(new Group(false, false, List.of(prompt))));
        return new RouterPrompts(List.copyOf(groups));
    }

    private static Group group(boolean forget, String question) {
        List<String> prompts = new ArrayList<>(List.of(question));
        prompts.addAll(Paraphrases.learned(question));
        return new Group(forget, false, List.copyOf(prompts));
    }

    /** The question with each name in it replaced by another. */
    static String nearMiss(String question, String other) {
        String changed = question;
        for (String name : PhraseExtractor.names(question)) {
            changed = changed.replace(name, other);
        }
        return changed;
    }

    /** Names in questions, but those excepted. */
    private static Set<String> names(List<ForgetEntry> entries, Iterable<String> except) {
        Set<String> names = new LinkedHashSet<>();
        for (ForgetEntry entry : entries) {
            PhraseExtractor.names(entry.question()).stream()
                    .filter(name -> name.indexOf(' ') > 0)
                    .forEach(names::add);
        }
        except.forEach(names::remove);
        return names;
    }

    private static List<String> generic() {
        try (InputStream in = Objects.requireNonNull(RouterPrompts.class.getResourceAsStream(GENERIC), GENERIC)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
