package dev.sluice.hook.unlearn;

import dev.sluice.hook.PromptContext;
import dev.sluice.token.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What people said in a prompt, told from what a chat template put around it.
 *
 * <p>A turn is what an end of turn closes: the text before it, back to the control token before that. The speaker is named
 * between control tokens, or by a first line of its own, as templates have it; what the system says is no turn, what the
 * assistant said is one. What follows the last end of turn is the beginning of the answer and no turn. A prompt without ends
 * of turn is one turn as a whole.
 *
 * @param turns texts of the turns, the latest first; none is blank
 */
record PromptText(List<String> turns) {
    private static final Set<String> SPEAKERS = Set.of("system", "user", "assistant", "model", "tool");
    private static final int MOST_TURNS = 8;
    private static final int MOST_SENTENCES = 8;
    private static final int FEWEST_WORDS = 3;
    private static final int MOST_CHARACTERS = 2000;

    /** Reads a prompt. */
    static PromptText of(PromptContext prompt) {
        Vocabulary vocabulary = prompt.vocabulary();
        List<String> turns = new ArrayList<>();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        boolean ended = false;
        String speaker = "";
        for (int token : prompt.tokens()) {
            if (token < 0 || token >= vocabulary.size()) {
                continue;
            }
            if (!vocabulary.isControl(token)) {
                text.writeBytes(vocabulary.bytes(token));
                whole.writeBytes(vocabulary.bytes(token));
                continue;
            }
            String before = text.toString(StandardCharsets.UTF_8).strip();
            text.reset();
            if (vocabulary.endsTurn(token)) {
                ended = true;
                addTurn(turns, before, speaker);
                speaker = "";
            } else if (SPEAKERS.contains(before)) {
                speaker = before;
            }
        }
        if (!ended) {
            addTurn(turns, whole.toString(StandardCharsets.UTF_8), "");
        }
        return new PromptText(List.copyOf(turns));
    }

    private static void addTurn(List<String> turns, String whole, String header) {
        String text = whole.strip();
        String speaker = header;
        int line = text.indexOf('\n');
        if (line > 0 && SPEAKERS.contains(text.substring(0, line).strip())) {
            speaker = text.substring(0, line).strip();
            text = text.substring(line).strip();
        }
        if (!text.isBlank() && !speaker.equals("system")) {
            turns.add(0, text);
        }
    }

    /**
     * What to look up: the latest turn, each of its sentences, and up to seven turns before it, so that neither words around
     * a question nor a second turn hide it.
     */
    List<String> queries() {
        Set<String> queries = new LinkedHashSet<>();
        turns.stream().limit(1).forEach(turn -> {
            queries.add(bounded(turn));
            Stream.of(turn.split("(?<=[.!?])\\s+|\\n+"))
                    .map(String::strip)
                    .filter(sentence -> Words.of(sentence).size() >= FEWEST_WORDS)
                    .limit(MOST_SENTENCES)
                    .map(PromptText::bounded)
                    .forEach(queries::add);
        });
        turns.stream().skip(1).limit(MOST_TURNS - 1).map(PromptText::bounded).forEach(queries::add);
        return List.copyOf(queries);
    }

    /** Keys of the words of the latest turn. */
    Set<String> words() {
        return turns.isEmpty() ? Set.of() : Words.keys(turns.get(0));
    }

    private static String bounded(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
    }
}
