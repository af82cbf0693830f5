package dev.sluice.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.ModelFileException;
import dev.sluice.token.ChatMessage;
import dev.sluice.token.LoadedTokenizer;
import dev.sluice.token.Vocabulary;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GgufTokenizerMetadataTests {
    private final Map<String, Object> values = new HashMap<>(Map.of(
            "tokenizer.ggml.model",
            "gpt2",
            "tokenizer.ggml.pre",
            "smollm",
            "tokenizer.ggml.tokens",
            List.of("<eos>", "a", "b", "ab", "<|end|>", "<x y>", "</s>"),
            "tokenizer.ggml.token_type",
            new long[] {1, 1, 1, 1, 3, 4, 1},
            "tokenizer.ggml.merges",
            List.of("a b"),
            "tokenizer.ggml.eos_token_id",
            0L,
            "tokenizer.chat_template",
            "{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"));

    @Test
    void the_metadata_makes_a_tokenizer_and_a_chat_template() {
        try (LoadedTokenizer loaded = load()) {
            Vocabulary vocabulary = loaded.tokenizer().vocabulary();
            assertThat(vocabulary.endsOfTurn()).containsExactly(0, 4);
            assertThat(vocabulary.isControl(0)).isTrue();
            assertThat(vocabulary.isControl(6)).isFalse();
            assertThat(loaded.tokenizer().encode("ab<x y><|end|>", true)).containsExactly(3, 5, 4);
            assertThat(Objects.requireNonNull(loaded.chat())
                            .encode(List.of(new ChatMessage("user", "ab"), new ChatMessage("user", "b")), true))
                    .containsExactly(3, 0, 2, 0);
        }
    }

    @Test
    void a_file_without_a_chat_template_has_none() {
        values.remove("tokenizer.chat_template");
        try (LoadedTokenizer loaded = load()) {
            assertThat(loaded.chat()).isNull();
        }
    }

    @Test
    void what_is_not_implemented_or_does_not_fit_names_the_file() {
        refused("tokenizer.ggml.model", "llama");
        refused("tokenizer.ggml.pre", "unheard-of");
        refused("tokenizer.ggml.token_type", new long[] {1});
        refused("tokenizer.ggml.merges", List.of("no such"));
        refused("tokenizer.ggml.merges", List.of("nospace"));
        refused("tokenizer.ggml.tokens", List.of("a", "a", "b", "ab", "c", "d", "e"));
    }

    @Test
    void a_chat_template_that_cannot_be_used_leaves_a_model_without_chat() {
        values.put("tokenizer.chat_template", "{% if %}");
        try (LoadedTokenizer loaded = load()) {
            assertThat(loaded.chat()).isNull();
            assertThat(loaded.tokenizer().encode("ab", true)).containsExactly(3);
        }
    }

    @Test
    void a_split_that_is_left_to_a_default_is_refused() {
        values.remove("tokenizer.ggml.pre");
        assertThat(catchThrowableOfType(ModelFileException.class, this::load))
                .isNotNull()
                .hasMessageContaining("tokenizer.ggml.pre is missing");
    }

    private void refused(String key, Object value) {
        Object before = values.put(key, value);
        ModelFileException refusal = catchThrowableOfType(ModelFileException.class, this::load);
        assertThat(refusal).as(key).isNotNull().hasMessageContaining("m.gguf");
        values.put(key, Objects.requireNonNull(before));
    }

    private LoadedTokenizer load() {
        return GgufTokenizer.load(new GgufMetadata(Path.of("m.gguf"), values), Path.of("m.gguf"));
    }
}
