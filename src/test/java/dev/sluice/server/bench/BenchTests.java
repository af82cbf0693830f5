package dev.sluice.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.server.bench.PeerEngine.Answer;
import dev.sluice.server.bench.PeerEngine.Loaded;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.SluiceProperties;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ToyModel;
import dev.sluice.token.Tokenizer;
import dev.sluice.token.Vocabulary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole bench on a toy model, beside a peer that only pretends. */
class BenchTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();

    @TempDir
    private Path directory;

    private final List<String> peerCalls = Collections.synchronizedList(new ArrayList<>());

    private final class Pretender implements PeerEngine {
        @Override
        public String name() {
            return "pretender 1";
        }

        @Override
        public Loaded open(Path file, int threads, int streams, int context) {
            peerCalls.add("open " + streams);
            return new Loaded() {
                @Override
                public Answer answer(String prompt, int maxTokens, boolean reusePrefix) {
                    return new Answer(maxTokens, 0.5, 1);
                }

                @Override
                public void close() {
                    peerCalls.add("close " + streams);
                }
            };
        }
    }

    private static final class ClosingTokenizer implements Tokenizer, AutoCloseable {
        private int closed;

        @Override
        public Vocabulary vocabulary() {
            return TOKENIZER.vocabulary();
        }

        @Override
        public int[] encode(String text, boolean parseControl) {
            return TOKENIZER.encode(text, parseControl);
        }

        @Override
        public String decode(int[] tokens) {
            return TOKENIZER.decode(tokens);
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private BenchReport run(PeerEngine peer, ToyModel model) {
        return run(peer, model, TOKENIZER, List.of(1, 4));
    }

    private BenchReport run(PeerEngine peer, ToyModel model, Tokenizer tokenizer, List<Integer> nodes) {
        List<BenchPrompt> prompts = List.of(new BenchPrompt("a", "one two"), new BenchPrompt("b", "three"));
        SluiceProperties properties = new Binder(new MapConfigurationPropertySource(Map.of(
                        "sluice.engine.max-context", 400,
                        "sluice.draft.drafters", "prompt-lookup",
                        "sluice.draft.max-nodes", 4)))
                .bindOrCreate("sluice", SluiceProperties.class);
        return new Bench(prompts, 8, 2, nodes, List.of(1, 8), List.of(64, 100_000), peer, step -> {})
                .run(new LoadedModel(model, tokenizer, null), Path.of("toy.gguf"), properties);
    }

    private static ToyModel toy() {
        return new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 3)
                .withContext(2000)
                .withPool(400, 16));
    }

    @Test
    void a_bench_fills_every_table_and_closes_what_it_opened() throws IOException {
        ToyModel model = toy();
        BenchReport report = run(new Pretender(), model);
        assertThat(model.isClosed()).isTrue();
        assertThat(peerCalls).containsExactly("open 1", "close 1", "open 1", "close 1", "open 8", "close 8");

        StringWriter text = new StringWriter();
        report.print(new PrintWriter(text, true));
        assertThat(text.toString())
                .contains("peer: pretender 1", "sessions of 300 tokens", "left out", "context 100000", "streams")
                .contains("plain 4 of 4, guarded 4 of 4")
                .doesNotContain("NaN", "Infinity");

        Path file = directory.resolve("bench.json");
        report.writeJson(file);
        JsonNode json = new JsonMapper().readTree(Files.readString(file));
        assertThat(json.path("answers").size()).isEqualTo(2 * 2 * 5);
        assertThat(json.at("/modes/peer/tokens_per_second").doubleValue()).isEqualTo(8, within(1e-9));
        assertThat(json.at("/modes/peer/first_token_milliseconds").doubleValue())
                .isEqualTo(500, within(1e-9));
        assertThat(json.at("/categories/b/both/ratio").doubleValue()).isPositive();
        assertThat(json.at("/modes/guarded/loop_microseconds_per_pass/walk").doubleValue())
                .isPositive();
        assertThat(json.at("/streams/1/count").intValue()).isEqualTo(8);
    }

    @Test
    void a_plot_is_svg_with_all_categories() throws IOException {
        Path file = directory.resolve("bench.svg");
        run(new Pretender(), toy()).writePlot(file);
        assertThat(Files.readString(file))
                .startsWith("<?xml")
                .contains("height=\"840\"", "</svg")
                .hasSizeGreaterThan(10_000);
    }

    @Test
    void a_plot_without_any_pass_by_nodes_has_the_categories_alone() throws IOException {
        Path file = directory.resolve("bench.svg");
        run(null, toy(), TOKENIZER, List.of(1_000_000)).writePlot(file);
        assertThat(Files.readString(file))
                .contains("height=\"460\"", "</svg")
                .doesNotContain("height=\"840\"")
                .hasSizeGreaterThan(10_000);
    }

    @Test
    void the_tokenizer_is_closed_with_the_model() {
        ClosingTokenizer tokenizer = new ClosingTokenizer();
        ToyModel model = toy();
        run(null, model, tokenizer, List.of(1));
        assertThat(tokenizer.closed).isPositive();
        assertThat(model.isClosed()).isTrue();
    }

    @Test
    void both_are_closed_where_the_peer_does_not_open() {
        ClosingTokenizer tokenizer = new ClosingTokenizer();
        ToyModel model = toy();
        PeerEngine broken = new PeerEngine() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public Loaded open(Path file, int threads, int streams, int context) {
                throw new IllegalStateException("broken");
            }
        };
        assertThatThrownBy(() -> run(broken, model, tokenizer, List.of(1))).hasMessage("broken");
        assertThat(tokenizer.closed).isPositive();
        assertThat(model.isClosed()).isTrue();
    }

    @Test
    void a_peer_is_refused_a_folder_before_the_model_is_loaded() throws IOException {
        List<Integer> one = List.of(1);
        Path file = Files.createFile(directory.resolve("model.gguf"));
        new Bench(List.of(), 1, 1, one, one, one, new Pretender(), step -> {}).check(file);
        new Bench(List.of(), 1, 1, one, one, one, null, step -> {}).check(directory);
        assertThatThrownBy(
                        () -> new Bench(List.of(), 1, 1, one, one, one, new Pretender(), step -> {}).check(directory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pretender 1 reads a GGUF file")
                .hasMessageContaining(directory.toString());
    }

    @Test
    void without_a_peer_no_table_speaks_of_one() {
        StringWriter text = new StringWriter();
        run(null, toy()).print(new PrintWriter(text, true));
        assertThat(text.toString()).doesNotContain("peer").doesNotContain("NaN");
    }

    @Test
    void a_missing_peer_says_how_to_build_it() {
        assertThatThrownBy(() -> Peers.find(directory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-Ppeer");
    }

    @Test
    void the_guard_has_a_thousand_rules_and_one() {
        assertThat(Guard.rules()).isEqualTo(1001);
        assertThat(Guard.policies().policies()).containsOnlyKeys(Guard.POLICY);
    }

    @Test
    void prompts_are_spread_over_the_categories() throws IOException {
        assertThat(BenchPrompt.spread(BenchPrompt.builtIn(), 6))
                .extracting(BenchPrompt::category)
                .doesNotHaveDuplicates();
        assertThat(BenchPrompt.spread(BenchPrompt.builtIn(), 100)).hasSize(12);
        Path file = Files.writeString(directory.resolve("x.jsonl"), "{\"turns\":[\"a\"]}\n");
        assertThatThrownBy(() -> BenchPrompt.read(file)).hasMessageContaining("x.jsonl:1: needs \"category\"");
    }

    @Test
    void categories_are_taken_by_name_and_an_unknown_one_is_named() throws IOException {
        List<BenchPrompt> prompts = BenchPrompt.builtIn();
        assertThat(BenchPrompt.of(prompts, List.of("code", "facts"))).hasSize(4);
        assertThat(BenchPrompt.of(prompts, List.of("all"))).hasSize(12);
        assertThatThrownBy(() -> BenchPrompt.of(prompts, List.of("cod")))
                .hasMessageContaining("\"cod\"")
                .hasMessageContaining("code");
    }

    @Test
    void medians_are_of_the_rounds() {
        assertThat(Figures.median(new double[] {9, 1, 2})).isEqualTo(2);
        assertThat(Figures.median(new double[] {4, 3, 2, 1})).isEqualTo(2);
        assertThat(Figures.median(new double[0])).isNaN();
    }
}
