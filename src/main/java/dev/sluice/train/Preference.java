package dev.sluice.train;

import dev.sluice.token.ChatMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two answers to one conversation, of which people preferred one.
 *
 * @param messages the conversation, the last message the user's
 * @param chosen the better answer
 * @param rejected the worse one
 */
public record Preference(List<ChatMessage> messages, String chosen, String rejected) {
    private static final String HUMAN = "\n\nHuman:";
    private static final String ASSISTANT = "\n\nAssistant:";

    /**
     * Reads JSON lines with the fields {@code chosen} and {@code rejected}: whole conversations, each turn behind
     * {@code Human:} or {@code Assistant:} after an empty line. Left out are lines whose conversations differ before the
     * last answer, or where an answer is empty, or both are the same.
     *
     * @throws IllegalArgumentException if a line is something else
     */
    public static List<Preference> read(Path file) throws IOException {
        List<Preference> all = new ArrayList<>();
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                JsonNode node = parsed(file, i + 1, lines.get(i));
                Preference pair = of(
                        node.path("chosen").stringValue(), node.path("rejected").stringValue());
                if (pair != null) {
                    all.add(pair);
                }
            }
        }
        return all;
    }

    private static JsonNode parsed(Path file, int line, String text) {
        try {
            JsonNode node = JsonMapper.shared().readTree(text);
            if (node.path("chosen").isString() && node.path("rejected").isString()) {
                return node;
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + ": line " + line + " must be JSON, and is not", e);
        }
        throw new IllegalArgumentException(
                file + ": line " + line + " must be an object with the strings chosen and rejected, and is not");
    }

    private static @Nullable Preference of(String chosen, String rejected) {
        int end = chosen.lastIndexOf(ASSISTANT);
        if (end < 0 || rejected.lastIndexOf(ASSISTANT) != end || !rejected.startsWith(chosen.substring(0, end))) {
            return null;
        }
        List<ChatMessage> messages = messages(chosen.substring(0, end));
        String better = chosen.substring(end + ASSISTANT.length()).strip();
        String worse = rejected.substring(end + ASSISTANT.length()).strip();
        boolean asked =
                !messages.isEmpty() && messages.get(messages.size() - 1).role().equals("user");
        return asked && !better.isEmpty() && !worse.isEmpty() && !better.equals(worse)
                ? new Preference(messages, better, worse)
                : null;
    }

    private static List<ChatMessage> messages(String text) {
        List<ChatMessage> messages = new ArrayList<>();
        int at = text.indexOf(HUMAN);
        while (at >= 0) {
            boolean human = text.startsWith(HUMAN, at);
            int from = at + (human ? HUMAN : ASSISTANT).length();
            int nextHuman = text.indexOf(HUMAN, from);
            int nextAssistant = text.indexOf(ASSISTANT, from);
            int next = nextHuman < 0 || (nextAssistant >= 0 && nextAssistant < nextHuman) ? nextAssistant : nextHuman;
            String content =
                    text.substring(from, next < 0 ? text.length() : next).strip();
            messages.add(new ChatMessage(human ? "user" : "assistant", content));
            at = next;
        }
        return messages;
    }

    /** A number that the conversation alone decides: equal prompts always land in the same part of the data. */
    public long key() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (ChatMessage message : messages) {
                digest.update((message.role() + "\0" + message.content() + "\0").getBytes(StandardCharsets.UTF_8));
            }
            return ByteBuffer.wrap(digest.digest()).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Which part of the data it belongs to. */
    public Part part() {
        long hundredth = Long.remainderUnsigned(key(), 100);
        return hundredth < 42 ? Part.FIRST : hundredth < 84 ? Part.SECOND : Part.THIRD;
    }

    /** Whether it is set aside, within its part, to tell when a fit is at its best. */
    public boolean validates() {
        return Long.remainderUnsigned(key() >>> 32, 6) == 0;
    }

    /** The disjoint parts of the data, 42, 42 and 16 of a hundred. */
    public enum Part {
        /** The reward model is fitted to its pairs. */
        FIRST,
        /** The head learns from answers to its prompts; the judge, which the head never meets, is fitted to its pairs. */
        SECOND,
        /** Nothing is fitted to it. */
        THIRD
    }
}
