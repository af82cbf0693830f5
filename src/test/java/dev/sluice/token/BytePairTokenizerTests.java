package dev.sluice.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.token.BytePairModel.Kind;
import dev.sluice.token.BytePairModel.Split;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class BytePairTokenizerTests {
    private static final BytePairTokenizer TOKENIZER = TinyTokenizer.open();

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    @Test
    void merges_apply_and_digits_stay_alone() {
        assertThat(names("the thing")).containsExactly("the", "Ġ", "th", "ing");
        assertThat(names(" the")).containsExactly("Ġthe");
        assertThat(names("12 123")).containsExactly("1", "2", "Ġ", "1", "2", "3");
        assertThat(names("é")).containsExactly("Ã©");
    }

    @Test
    void without_the_digit_split_digits_merge() {
        BytePairModel smollm = TinyTokenizer.model();
        BytePairModel gpt2 =
                new BytePairModel(smollm.names(), smollm.kinds(), smollm.merges(), Split.GPT2, smollm.ends());
        try (BytePairTokenizer tokenizer = BytePairTokenizer.of(gpt2)) {
            assertThat(tokenizer.encode("123", false)).hasSize(2);
        }
    }

    @Test
    void names_of_control_tokens_are_text_unless_they_are_parsed() {
        String text = "a<|im_end|>b<s></s>";
        assertThat(TOKENIZER.encode(text, true)).containsExactly(id("a"), 2, id("b"), 3, 4);
        int[] plain = TOKENIZER.encode(text, false);
        assertThat(java.util.Arrays.stream(plain).boxed())
                .allMatch(token -> !TOKENIZER.vocabulary().isControl(token));
        assertThat(TOKENIZER.decode(plain)).isEqualTo(text);
    }

    @Test
    void literal_tokens_are_found_by_name_and_have_text() {
        assertThat(names("a<think>b")).containsExactly("a", "<think>", "b");
        assertThat(TOKENIZER.decode(TOKENIZER.encode("a<think>b", false))).isEqualTo("a<think>b");
    }

    @Test
    void the_vocabulary_has_bytes_control_tokens_and_ends() {
        Vocabulary vocabulary = TOKENIZER.vocabulary();
        assertThat(vocabulary.bytes(id("Ġthe"))).isEqualTo(" the".getBytes(StandardCharsets.UTF_8));
        assertThat(vocabulary.bytes(id("Ã©"))).isEqualTo("é".getBytes(StandardCharsets.UTF_8));
        assertThat(vocabulary.bytes(2)).isEmpty();
        assertThat(vocabulary.isControl(1)).isTrue();
        assertThat(vocabulary.endsTurn(1)).isFalse();
        assertThat(vocabulary.endsOfTurn()).containsExactly(0, 2);
        assertThat(vocabulary.isControl(id("<think>"))).isFalse();
    }

    @Test
    void any_text_survives_the_way_to_tokens_and_back() {
        for (int seed = 0; seed < 300; seed++) {
            String text = text(new Random(seed), 60);
            assertThat(TOKENIZER.decode(TOKENIZER.encode(text, false)))
                    .as("seed " + seed)
                    .isEqualTo(text);
        }
    }

    @Test
    void halves_of_surrogate_pairs_become_replacement_characters() {
        assertThat(TOKENIZER.decode(TOKENIZER.encode("a\uD800b\uDC00", false))).isEqualTo("a\uFFFDb\uFFFD");
        assertThat(TOKENIZER.decode(TOKENIZER.encode("\uD83D\uDE00\uD83D", false)))
                .isEqualTo("\uD83D\uDE00\uFFFD");
    }

    @Test
    void a_long_text_has_the_tokens_of_its_pieces() {
        try (BytePairTokenizer whole = wholeTokenizer()) {
            BytePairTokenizer cut = cutTokenizer();
            for (int seed = 0; seed < 20; seed++) {
                String text = text(new Random(seed), 30_000);
                assertThat(cut.encode(text, false)).as("seed " + seed).isEqualTo(whole.encode(text, false));
            }
            cut.close();
        }
    }

    @Test
    void a_limit_is_kept_or_refused() {
        assertThat(TOKENIZER.encode("the thing", false, 4)).hasSize(4);
        assertThatThrownBy(() -> TOKENIZER.encode("the thing", false, 3))
                .isInstanceOf(TextTooLongException.class)
                .hasMessageContaining("3");
        try (BytePairTokenizer tokenizer = cutTokenizer()) {
            String endless = "x".repeat(50_000_000);
            assertThatThrownBy(() -> tokenizer.encode(endless, true, 8192)).isInstanceOf(TextTooLongException.class);
        }
    }

    @Test
    void threads_share_a_tokenizer() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int seed = thread;
                all.add(threads.submit(() -> {
                    Random random = new Random(seed);
                    for (int i = 0; i < 200; i++) {
                        String text = text(random, 40);
                        if (!TOKENIZER.decode(TOKENIZER.encode(text, false)).equals(text)) {
                            return false;
                        }
                    }
                    return true;
                }));
            }
            for (Future<Boolean> one : all) {
                assertThat(one.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_closed_tokenizer_says_so_and_closes_twice() {
        BytePairTokenizer tokenizer = TinyTokenizer.open();
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("a", false)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void parts_that_do_not_fit_together_are_refused() {
        BitSet none = new BitSet();
        assertThatThrownBy(() -> new BytePairModel(
                        List.of("a", "a"), List.of(Kind.TEXT, Kind.TEXT), List.of(), Split.GPT2, none))
                .isInstanceOf(TokenizerException.class);
        assertThatThrownBy(() -> new BytePairModel(List.of("a"), List.of(), List.of(), Split.GPT2, none))
                .isInstanceOf(TokenizerException.class);
        BytePairModel strangers = new BytePairModel(List.of("a"), List.of(Kind.TEXT), List.of("b c"), Split.GPT2, none);
        assertThatThrownBy(() -> BytePairTokenizer.of(strangers)).isInstanceOf(TokenizerException.class);
        assertThatThrownBy(() -> Split.named("other")).hasMessageContaining("smollm");
    }

    @Test
    void a_tokenizer_json_gives_the_same_tokens() {
        TokenizerJson written = TokenizerJson.of(TinyTokenizer.model());
        String control = "{\"id\": 0, \"content\": \"<|endoftext|>\", \"special\": true},"
                + " {\"id\": 2, \"content\": \"<|im_end|>\", \"special\": true}, ";
        String document = new String(written.json(), StandardCharsets.UTF_8)
                .replace("\"added_tokens\":[", "\"added_tokens\":[" + control);
        try (BytePairTokenizer read =
                BytePairTokenizer.ofJson(document.getBytes(StandardCharsets.UTF_8), "", new BitSet())) {
            for (int seed = 0; seed < 50; seed++) {
                String text = text(new Random(seed), 60) + "<|im_end|><think>";
                assertThat(read.encode(text, true)).as("seed " + seed).isEqualTo(TOKENIZER.encode(text, true));
                assertThat(read.encode(text, false)).isEqualTo(TOKENIZER.encode(text, false));
            }
            assertThat(read.vocabulary().endsOfTurn()).containsExactly(0, 2);
            assertThat(read.vocabulary().isControl(0)).isTrue();
        }
    }

    /** The library numbers an unknown added token behind the vocabulary: here 2, which is the control token's. */
    @Test
    void an_added_token_behind_a_control_token_keeps_its_number() {
        try (BytePairTokenizer read = ofJson(document("", added(2, "<|im_end|>", true), added(3, "<tool>", false)))) {
            assertThat(read.encode("a<tool>b", false)).containsExactly(0, 3, 1);
            assertThat(read.encode("a<|im_end|>b", true)).containsExactly(0, 2, 1);
            assertThat(read.encode("<|im_end|>", false)).isEmpty();
            assertThat(read.vocabulary().endsOfTurn()).containsExactly(2);
        }
    }

    @Test
    void an_id_or_a_name_that_is_taken_twice_is_refused() {
        for (String document : List.of(
                document("", added(2, "<x>", false), added(2, "<y>", false)),
                document("", added(2, "<x>", false), added(3, "<x>", true)),
                document("", added(1, "<x>", false)),
                document("", added(2, "a", false)),
                document("", added(2, "<x>", false)).replace("\"b\": 1", "\"b\": 0"))) {
            assertThatThrownBy(() -> ofJson(document).close())
                    .as(document)
                    .isInstanceOf(TokenizerException.class)
                    .hasMessageContaining("shares its id");
        }
    }

    /** The library looks for tokens of the text as it is written before those of the normalised text, however long. */
    @Test
    void an_added_token_that_the_library_does_not_find_by_its_name_is_refused() {
        String longer = added(3, "<x>", false).replace("\"normalized\": false", "\"normalized\": true");
        assertThatThrownBy(() ->
                        ofJson(document("", added(2, "<x", false), longer)).close())
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("added token 3");
    }

    @Test
    void variants_of_the_algorithm_are_refused_and_chance_is_left_out() {
        for (String variant : List.of(
                "\"byte_fallback\": true,",
                "\"continuing_subword_prefix\": \"##\",",
                "\"end_of_word_suffix\": \"</w>\",")) {
            assertThatThrownBy(() -> ofJson(document(variant)).close())
                    .as(variant)
                    .isInstanceOf(TokenizerException.class)
                    .hasMessageContaining("byte_fallback");
        }
        String merging = document("\"dropout\": 0.9, \"byte_fallback\": false, \"end_of_word_suffix\": null,")
                .replace("\"b\": 1", "\"b\": 1, \"ab\": 2")
                .replace("\"merges\": []", "\"merges\": [\"a b\"]");
        try (BytePairTokenizer read = ofJson(merging)) {
            assertThat(read.encode("ab ".repeat(40).replace(" ", ""), false))
                    .hasSize(40)
                    .containsOnly(2);
        }
    }

    private static BytePairTokenizer ofJson(String document) {
        return BytePairTokenizer.ofJson(document.getBytes(StandardCharsets.UTF_8), "", new BitSet());
    }

    /** A document of the tokens a and b, and others. */
    private static String document(String settings, String... added) {
        return "{\"model\": {\"type\": \"BPE\", " + settings + " \"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": []},"
                + " \"pre_tokenizer\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true},"
                + " \"added_tokens\": [" + String.join(", ", added) + "]}";
    }

    private static String added(int token, String name, boolean special) {
        return "{\"id\": " + token + ", \"content\": \"" + name + "\", \"single_word\": false, \"lstrip\": false,"
                + " \"rstrip\": false, \"normalized\": false, \"special\": " + special + "}";
    }

    @Test
    void another_kind_of_tokenizer_json_is_refused() {
        for (String document : List.of(
                "",
                "[]",
                "{}",
                "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {}}}",
                "{\"model\": {\"vocab\": {\"a\": -1}}," + " \"pre_tokenizer\": {\"type\": \"ByteLevel\"}}")) {
            assertThatThrownBy(
                            () -> BytePairTokenizer.ofJson(document.getBytes(StandardCharsets.UTF_8), "", new BitSet()))
                    .as(document)
                    .isInstanceOf(TokenizerException.class);
        }
    }

    private static BytePairTokenizer wholeTokenizer() {
        return TinyTokenizer.open();
    }

    /** As the tiny tokenizer, but without the literal token that keeps texts from being cut. */
    private static BytePairTokenizer cutTokenizer() {
        BytePairModel model = TinyTokenizer.model();
        int size = model.names().size() - 1;
        return BytePairTokenizer.of(new BytePairModel(
                model.names().subList(0, size),
                model.kinds().subList(0, size),
                model.merges(),
                model.split(),
                model.ends()));
    }

    private static List<String> names(String text) {
        List<String> names = new ArrayList<>();
        for (int token : TOKENIZER.encode(text, false)) {
            names.add(TOKENIZER.vocabulary().name(token));
        }
        return names;
    }

    private static int id(String name) {
        return TinyTokenizer.model().names().indexOf(name);
    }

    private static String text(Random random, int length) {
        String[] parts = {
            "the",
            " ",
            "  ",
            "\n",
            "é",
            "12",
            "thing",
            "\uD83D\uDE00",
            "ll",
            ".",
            "\u00a0",
            "\t",
            "\u3000",
            "x",
            "'s",
            "\0"
        };
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(parts[random.nextInt(parts.length)]);
        }
        return text.toString();
    }
}
