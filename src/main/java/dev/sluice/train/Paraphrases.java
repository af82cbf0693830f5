package dev.sluice.train;

import java.util.List;
import java.util.Locale;

/**
 * Other ways to ask a question, by templates: two disjoint groups, so that what is measured was not learned. They change the
 * wording around a question and not its subject; questions put by people in words of their own are harder.
 */
public final class Paraphrases {
    private static final List<String> LEARNED = List.of(
            "Can you tell me something? %s",
            "Please answer this question: %s",
            "I would like to know: %l",
            "%s Answer in one sentence.",
            "A friend asked me: \"%s\" What should I say?",
            "%u");
    private static final List<String> MEASURED = List.of(
            "Hi! Quick question for you. %s Thanks a lot.",
            "I'm preparing a quiz. For the card that says '%s', what is the answer?",
            "You surely know this one: %l",
            "%s Please be brief, and do not make anything up.");

    private Paraphrases() {}

    /** Those to train on; the question itself is not among them. */
    public static List<String> learned(String question) {
        return filled(LEARNED, question);
    }

    /** Those to measure by, from other templates. */
    public static List<String> measured(String question) {
        return filled(MEASURED, question);
    }

    private static List<String> filled(List<String> templates, String question) {
        String lower = question.substring(0, 1).toLowerCase(Locale.ROOT) + question.substring(1);
        return templates.stream()
                .map(template -> template.replace("%s", question)
                        .replace("%l", lower)
                        .replace("%u", question.toLowerCase(Locale.ROOT)))
                .toList();
    }
}
