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
 * What is said in a prompt, told from what a chat template put around it.
 *
 * <p>A turn is what an end of turn closes: the text before it, back to the control token before that; what follows the last
 * end of turn is one too. The speaker is named between control tokens, or by a first line of its own, as templates have it, and is left
 * out. All that is said is looked up, whoever says it, since clients write system messages and begun answers too. A prompt without ends of
 * turn is one turn as a whole.
 *
 * @param turns texts of the turns that are not the system's, the latest first; none is blank
 * @param instructions texts of the system's turns, the latest first
 */
record PromptText(List<String> turns, List<String> instructions) {
    private static final Set<String> SPEAKERS = Set.of("system", "user", "assistant", "model", "tool");
    private static final int MOST_TURNS = 8;
    private static final int MOST_SENTENCES = 8;
    private static final int FEWEST_WORDS = 3;
    private static final int MOST_CHARACTERS = 2000;

    /** Reads a prompt. */
    static PromptText of(PromptContext prompt) {
        Vocabulary vocabulary = prompt.vocabulary();
        Reading reading = new Reading();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        boolean ended = false;
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
                reading.turn(before);
            } else if (SPEAKERS.contains(before)) {
                reading.speaker = before;
            } else {
                reading.turn(before);
            }
        }
        if (ended) {
            reading.turn(text.toString(StandardCharsets.UTF_8));
            return new PromptText(List.copyOf(reading.turns), List.copyOf(reading.instructions));
        }
        String all = whole.toString(StandardCharsets.UTF_8).strip();
        return new PromptText(all.isBlank() ? List.of() : List.of(all), List.of());
    }

    /** Turns as they come. */
    private static final class Reading {
        private final List<String> turns = new ArrayList<>();
        private final List<String> instructions = new ArrayList<>();
        private String speaker = "";

        void turn(String whole) {
            String text = whole.strip();
            int line = text.indexOf('\n');
            String first = (line < 0 ? text : text.substring(0, line)).strip();
            if (speaker.isEmpty() && SPEAKERS.contains(first)) {
                speaker = first;
                text = line < 0 ? "" : text.substring(line).strip();
            }
            if (!text.isBlank()) {
                (speaker.equals("system") ? instructions : turns).add(0, text);
            }
            speaker = "";
        }
    }

    /**
     * What to look up: the latest turn, its beginning, its end and its first and last sentences; up to seven turns before it;
     * and up to eight instructions: so that neither words around a question nor another turn hide it.
     */
    List<String> queries() {
        Set<String> queries = new LinkedHashSet<>();
        turns.stream().limit(1).forEach(turn -> addLatest(queries, turn));
        turns.stream().skip(1).limit(MOST_TURNS - 1).forEach(turn -> addEnds(queries, turn));
        instructions.stream().limit(MOST_TURNS).forEach(turn -> addLatest(queries, turn));
        return List.copyOf(queries);
    }

    private static void addLatest(Set<String> queries, String turn) {
        addEnds(queries, turn);
        List<String> sentences = Stream.of(turn.split("(?<=[.!?])\\s+|\\n+"))
                .map(String::strip)
                .filter(sentence -> Words.of(sentence).size() >= FEWEST_WORDS)
                .toList();
        for (int i = 0; i < sentences.size(); i++) {
            if (i < MOST_SENTENCES || i >= sentences.size() - MOST_SENTENCES) {
                addEnds(queries, sentences.get(i));
            }
        }
    }

    /** Adds a text, or, of a longer one, its beginning and its end. */
    private static void addEnds(Set<String> queries, String text) {
        if (text.length() <= MOST_CHARACTERS) {
            queries.add(text);
        } else {
            queries.add(text.substring(0, MOST_CHARACTERS));
            queries.add(text.substring(text.length() - MOST_CHARACTERS / 2));
        }
    }

    /** Keys of the words of the latest turn. */
    Set<String> words() {
        return turns.isEmpty() ? Set.of() : Words.keys(turns.get(0));
    }
}
