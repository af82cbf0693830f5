package dev.sluice.hook.unlearn;

import dev.sluice.hook.classifier.Classifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads files of questions and answers: JSON lines, one object a line with the texts {@code question} and {@code answer};
 * other keys do not matter, blank lines are skipped.
 */
public final class ForgetFile {
    /** Most records of a file. */
    public static final int MOST_RECORDS = 100_000;

    /** Most bytes of a file. */
    public static final long MOST_BYTES = 64L << 20;

    private static final int MOST_CHARACTERS = 20_000;

    private ForgetFile() {}

    /**
     * The records of a file, in order.
     *
     * @throws ForgetFileException if it cannot be read, holds no record, or one that is not as described
     */
    public static List<ForgetEntry> read(Path file) {
        List<ForgetEntry> entries = new ArrayList<>();
        try {
            if (!Files.isRegularFile(file)) {
                throw new ForgetFileException(
                        "unlearn.no-file", "there is no file " + file + "; its path is relative to the policy file");
            }
            if (Files.size(file) > MOST_BYTES) {
                throw new ForgetFileException(
                        "unlearn.too-large", file + " may have " + MOST_BYTES + " bytes, has more; split it");
            }
            try (BufferedReader reader = Files.newBufferedReader(file)) {
                int number = 0;
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    number++;
                    if (!line.isBlank()) {
                        entries.add(record(line, file, number));
                    }
                    if (entries.size() > MOST_RECORDS) {
                        throw new ForgetFileException(
                                "unlearn.too-large",
                                file + " may hold " + MOST_RECORDS + " records, holds more; split it");
                    }
                }
            }
        } catch (CharacterCodingException e) {
            throw new ForgetFileException("unlearn.bad-record", file + " is not UTF-8; save it as UTF-8");
        } catch (IOException e) {
            throw new ForgetFileException(
                    "unlearn.no-file",
                    file + " cannot be read (" + e.getClass().getSimpleName() + "); make it a readable file");
        }
        if (entries.isEmpty()) {
            throw new ForgetFileException("unlearn.empty", file + " holds no record; write at least one line");
        }
        return List.copyOf(entries);
    }

    /** A digest of records, in hexadecimal. */
    public static String digest(List<ForgetEntry> entries) {
        StringBuilder text = new StringBuilder();
        entries.forEach(entry -> text.append(entry.question())
                .append('\0')
                .append(entry.answer())
                .append('\0'));
        return Classifier.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ForgetEntry record(String line, Path file, int number) {
        JsonNode node;
        try {
            node = JsonMapper.shared().readTree(line);
        } catch (JacksonException e) {
            throw bad(file, number, "is not JSON; write one object a line");
        }
        return new ForgetEntry(text(node, "question", file, number), text(node, "answer", file, number));
    }

    private static String text(JsonNode node, String key, Path file, int number) {
        JsonNode value = node.path(key);
        if (!value.isString() || value.stringValue().isBlank()) {
            throw bad(file, number, "has no text under \"" + key + "\"; each record needs a question and an answer");
        }
        if (value.stringValue().length() > MOST_CHARACTERS) {
            throw bad(
                    file,
                    number,
                    "has more than " + MOST_CHARACTERS + " characters under \"" + key + "\"; split the record");
        }
        return value.stringValue();
    }

    private static ForgetFileException bad(Path file, int number, String what) {
        return new ForgetFileException("unlearn.bad-record", file + ":" + number + " " + what);
    }
}
