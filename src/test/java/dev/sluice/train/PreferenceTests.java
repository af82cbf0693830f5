package dev.sluice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.token.ChatMessage;
import dev.sluice.train.Preference.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreferenceTests {
    @TempDir
    Path folder;

    @Test
    void a_line_is_a_conversation_with_two_answers() throws IOException {
        assertThat(read("""
                {"chosen": "\\n\\nHuman: Hi: there\\n\\nAssistant: Hello\\n\\nHuman: Why?\\n\\nAssistant: Because.", \
                "rejected": "\\n\\nHuman: Hi: there\\n\\nAssistant: Hello\\n\\nHuman: Why?\\n\\nAssistant: No."}
                """))
                .containsExactly(new Preference(
                        List.of(
                                new ChatMessage("user", "Hi: there"),
                                new ChatMessage("assistant", "Hello"),
                                new ChatMessage("user", "Why?")),
                        "Because.",
                        "No."));
    }

    @Test
    void lines_that_compare_nothing_are_left_out() throws IOException {
        assertThat(read("""
                {"chosen": "\\n\\nHuman: A\\n\\nAssistant: B", "rejected": "\\n\\nHuman: C\\n\\nAssistant: B"}
                {"chosen": "\\n\\nHuman: A\\n\\nAssistant: B", "rejected": "\\n\\nHuman: A\\n\\nAssistant: B"}
                {"chosen": "\\n\\nHuman: A\\n\\nAssistant:", "rejected": "\\n\\nHuman: A\\n\\nAssistant: B"}
                {"chosen": "A", "rejected": "B"}

                """)).isEmpty();
    }

    @Test
    void what_is_no_pair_is_refused_with_its_line() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("\n{\"chosen\": \"A\"}\n"))
                .withMessageContaining("line 2 must be an object with the strings chosen and rejected");
        assertThatIllegalArgumentException().isThrownBy(() -> read("{")).withMessageContaining("line 1 must be JSON");
    }

    @Test
    void the_prompt_alone_decides_the_part_and_the_parts_have_their_shares() {
        Map<Part, Integer> counts = new EnumMap<>(Part.class);
        int validating = 0;
        for (int i = 0; i < 5_000; i++) {
            Preference pair = pair("prompt " + i, "a");
            assertThat(pair("prompt " + i, "b").part()).isEqualTo(pair.part());
            assertThat(pair("prompt " + i, "b").validates()).isEqualTo(pair.validates());
            counts.merge(pair.part(), 1, Integer::sum);
            validating += pair.validates() ? 1 : 0;
        }
        assertThat(counts.get(Part.FIRST)).isBetween(2_000, 2_200);
        assertThat(counts.get(Part.SECOND)).isBetween(2_000, 2_200);
        assertThat(counts.get(Part.THIRD)).isBetween(700, 900);
        assertThat(validating).isBetween(750, 920);
    }

    private static Preference pair(String prompt, String chosen) {
        return new Preference(List.of(new ChatMessage("user", prompt)), chosen, "other");
    }

    private List<Preference> read(String lines) throws IOException {
        return Preference.read(Files.writeString(folder.resolve("pairs.jsonl"), lines));
    }
}
