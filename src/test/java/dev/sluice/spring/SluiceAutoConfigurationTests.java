package dev.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.engine.EngineSettings;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.PrefixReuse;
import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.ModelStore;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ToyModel;
import dev.sluice.token.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;

/** The starter in an application: what it gives, when it steps back, and what it says when it cannot start. */
class SluiceAutoConfigurationTests {
    @TempDir
    private Path directory;

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class));

    @Configuration(proxyBeanMethods = false)
    static class Toy {
        static final List<ToyModel> MODELS = new ArrayList<>();

        @Bean
        ModelLoader toyLoader() {
            return () -> {
                ByteTokenizer tokenizer = new ByteTokenizer();
                ToyModel model = new ToyModel(ToyModel.Settings.of(tokenizer.vocabulary(), 5));
                MODELS.add(model);
                ChatTemplate chat = new ChatTemplate(
                        tokenizer, "{% for m in messages %}{{ m['content'] }}{% endfor %}<|start|>", "", "");
                return new LoadedModel(model, tokenizer, chat);
            };
        }
    }

    private ApplicationContextRunner toy() {
        return runner.withUserConfiguration(Toy.class).withPropertyValues("sluice.policies.location=" + directory);
    }

    @Test
    void an_application_gets_a_client_that_answers_both_ways() {
        toy().run(context -> {
            SluiceClient client = context.getBean(SluiceClient.class);
            ChatRequest request = ChatRequest.of("hi").seed(3).maxTokens(12);
            ChatAnswer answer = client.ask(request);
            assertThat(answer.tokens()).hasSizeBetween(1, 12);
            assertThat(answer.report().seed()).isEqualTo(3);
            assertThat(client.chat(request).block().tokens()).isEqualTo(answer.tokens());
            assertThat(String.join("", client.streamText(request).collectList().block()))
                    .isEqualTo(answer.text());
            assertThat(client.ask(ChatRequest.of("hi").seed(4).maxTokens(12)).tokens())
                    .isNotEqualTo(answer.tokens());
        });
    }

    @Test
    void the_model_is_freed_with_the_application() {
        toy().run(context ->
                assertThat(context.getBean(SluiceRuntime.class).current()).isPresent());
        assertThat(Toy.MODELS)
                .last()
                .satisfies(model -> assertThat(model.isClosed()).isTrue());
    }

    @Test
    void it_can_be_switched_off() {
        runner.withPropertyValues("sluice.enabled=false")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(SluiceClient.class)
                        .doesNotHaveBean(SluiceRuntime.class));
    }

    @Test
    void every_bean_steps_back_for_the_applications_own() {
        PolicySet policies = new PolicySet("own", Map.of(), List.of());
        toy().withBean(PolicySet.class, () -> policies)
                .run(context -> assertThat(
                                context.getBean(SluiceRuntime.class).await().policies())
                        .isSameAs(policies));
        SluiceRuntime runtime = new SluiceRuntime(() -> {
            throw new IllegalStateException("not loaded");
        });
        SluiceClient client = new SluiceClient(runtime, () -> 1);
        toy().withBean(SluiceRuntime.class, () -> runtime)
                .withBean(SluiceClient.class, () -> client)
                .run(context -> {
                    assertThat(context.getBean(SluiceRuntime.class)).isSameAs(runtime);
                    assertThat(context.getBean(SluiceClient.class)).isSameAs(client);
                });
    }

    @Test
    void the_defaults() {
        toy().run(context -> {
            SluiceProperties properties = context.getBean(SluiceProperties.class);
            assertThat(properties.model().precision()).isEqualTo("auto");
            assertThat(properties.model().device()).isEqualTo("cpu");
            assertThat(properties.homeDirectory()).endsWith(Path.of(".cache", "sluice"));
            assertThat(properties.engineSettings(100))
                    .isEqualTo(new EngineSettings(
                            8,
                            100,
                            64,
                            Duration.ofMinutes(5),
                            Duration.ofSeconds(30),
                            64,
                            List.of("prompt-lookup", "token-recycling"),
                            Speculation.AUTO));
        });
    }

    @Test
    void drafting_can_be_turned_off() {
        toy().withPropertyValues("sluice.draft.enabled=false", "sluice.model.name=small")
                .run(context -> {
                    assertThat(context.getBean(SluiceProperties.class)
                                    .engineSettings(100)
                                    .maxNodes())
                            .isZero();
                    assertThat(context.getBean(SluiceRuntime.class).await().name())
                            .isEqualTo("small");
                });
    }

    @ParameterizedTest
    @CsvSource({"true,false,BY_TENANT", "true,true,SHARED", "false,true,OFF"})
    void who_shares_prefixes_is_a_setting(boolean enabled, boolean shared, PrefixReuse expected) {
        toy().withPropertyValues("sluice.prefix-cache.enabled=" + enabled, "sluice.prefix-cache.shared=" + shared)
                .run(context -> assertThat(context.getBean(SluiceProperties.class)
                                .engineSettings(100)
                                .prefixReuse())
                        .isEqualTo(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sluice.draft.max-nodes=65|sluice.draft.max-nodes must be auto or 0 to 64, but is \"65\"",
                "sluice.draft.max-nodes=many|sluice.draft.max-nodes must be auto or 0 to 64, but is \"many\"",
                "sluice.draft.history-bytes=-1B|sluice.draft.history-bytes must be at least 0, but is -1B",
                "sluice.engine.max-sessions=0|sluice.engine.max-sessions must be 1 to 1024, but is 0",
                "sluice.engine.deadline=0s|sluice.engine.deadline must be longer than 0s, but is PT0S",
                "sluice.model.precision=int5|sluice.model.precision must be one of auto, float32, int8, int4, bfloat16, float16, but is "
                        + "\"int5\", did you mean \"int8\"?",
                "sluice.model.sha256=abc|sluice.model.sha256 must be 64 hexadecimal digits, but is \"abc\"",
                "sluice.model.adapters=hf:a/b|sluice.model.adapters must be file:DIR, or several with commas between them, but is \"hf:a/b\"",
                "sluice.model.adapters[0]=file:|sluice.model.adapters must be file:DIR, or several with commas between them, but is \"file:\"",
                "sluice.model.device=gpu|sluice.model.device must be cpu or cuda:N, but is \"gpu\"",
                "sluice.draft.drafters=promt-lookup|sluice.draft.drafters must be among none, prompt-lookup, "
                        + "token-recycling, but is \"promt-lookup\", did you mean \"prompt-lookup\"?",
                "sluice.draft.drafters=model|sluice.draft.drafters must be among none, prompt-lookup, token-recycling, "
                        + "but is \"model\", which needs sluice.draft.model.source",
                "sluice.draft.model.precision=int5|sluice.draft.model.precision must be one of auto, float32, int8, int4, "
                        + "bfloat16, float16, but is \"int5\", did you mean \"int8\"?",
                "sluice.draft.model.layers=-1|sluice.draft.model.layers must be 0 to 1024, but is -1",
                "sluice.draft.model.kv-memory=1KB|sluice.draft.model.kv-memory must be at least 1MB, but is 1024B",
                "sluice.draft.model.sha256=abc|sluice.draft.model.sha256 must be 64 hexadecimal digits, but is \"abc\"",
                "sluice.draft.model.sorce=target|unknown setting sluice.draft.model.sorce, did you mean "
                        + "\"sluice.draft.model.source\"?",
                "sluice.engine.max-context=1000000|sluice.engine.max-context must be at most the model's",
                "sluice.model.precison=int4|unknown setting sluice.model.precison, did you mean "
                        + "\"sluice.model.precision\"?",
                "sluice.policy.location=x|unknown setting sluice.policy.location, did you mean "
                        + "\"sluice.policies.location\"?",
            })
    void a_wrong_setting_is_told_with_bound_and_value(String setting, String message) {
        toy().withPropertyValues(setting).run(context -> {
            FailureAnalysis analysis = new SluiceFailureAnalyzer().analyze(context.getStartupFailure());
            assertThat(analysis).isNotNull();
            assertThat(analysis.getDescription()).startsWith(message);
        });
    }

    @Test
    void adapters_are_folders_in_order() {
        toy().withPropertyValues("sluice.model.adapters=file:b/c, file:a")
                .run(context -> assertThat(
                                context.getBean(SluiceProperties.class).model().adapterFolders())
                        .containsExactly(Path.of("b/c"), Path.of("a")));
    }

    @Test
    void a_draft_model_drafts_under_its_name_and_is_freed_with_the_target() {
        ByteTokenizer tokenizer = new ByteTokenizer();
        ToyModel draft = new ToyModel(ToyModel.Settings.of(tokenizer.vocabulary(), 5));
        runner.withPropertyValues(
                        "sluice.policies.location=" + directory,
                        "sluice.draft.model.source=target",
                        "sluice.draft.drafters=model",
                        "sluice.draft.max-nodes=3")
                .withBean(ModelLoader.class, () -> () -> {
                    ToyModel target = new ToyModel(ToyModel.Settings.of(tokenizer.vocabulary(), 5));
                    ChatTemplate chat = new ChatTemplate(
                            tokenizer, "{% for m in messages %}{{ m['content'] }}{% endfor %}<|start|>", "", "");
                    return new LoadedModel(target, tokenizer, chat, draft);
                })
                .run(context -> {
                    ChatAnswer answer = context.getBean(SluiceClient.class)
                            .ask(ChatRequest.of("hi").seed(3).maxTokens(30));
                    assertThat(answer.report().speculation().byDrafter()).containsOnlyKeys("model");
                    assertThat(context.getBean(SluiceRuntime.class).await().drafters())
                            .contains("model");
                });
        assertThat(draft.isClosed()).isTrue();
        assertThat(draft.openSessions()).isZero();
    }

    @Test
    void the_source_of_a_draft_model_is_told_by_its_own_name() {
        SluiceProperties.DraftModel draft =
                new SluiceProperties.DraftModel("here", null, "auto", 0, DataSize.ofMegabytes(1));
        ModelStore store = new ModelStore(directory, name -> null, step -> {});
        ModelFiles target = new ModelFiles(store, ModelSource.parse("file:/target"));
        assertThatThrownBy(() -> target.ofDraft(draft)).hasMessageStartingWith("sluice.draft.model.source \"here\"");
        assertThat(target.ofDraft(new SluiceProperties.DraftModel("target", null, "auto", 6, DataSize.ofMegabytes(1))))
                .isSameAs(target);
    }

    @Test
    void the_precision_may_be_written_in_capitals() {
        toy().withPropertyValues("sluice.model.precision=INT4")
                .run(context -> assertThat(
                                context.getBean(SluiceProperties.class).model().precision())
                        .isEqualTo("int4"));
    }

    @Test
    void a_bad_policy_folder_stops_the_start_with_every_error() throws IOException {
        Files.writeString(directory.resolve("a.yaml"), "kind: Polcy\n");
        Files.writeString(directory.resolve("b.yaml"), "[");
        toy().run(context -> {
            FailureAnalysis analysis = new SluiceFailureAnalyzer().analyze(context.getStartupFailure());
            assertThat(analysis).isNotNull();
            assertThat(analysis.getDescription()).contains("a.yaml:1:").contains("b.yaml:1:");
        });
    }

    @Test
    void a_folder_that_is_set_must_be_there() {
        toy().withPropertyValues("sluice.policies.location=" + directory.resolve("none"))
                .run(context -> assertThat(context).hasFailed());
    }

    @Test
    void a_head_that_was_trained_for_another_model_stops_the_start_and_says_which() throws IOException {
        Files.writeString(
                directory.resolve("a.yaml"),
                "{apiVersion: sluice/v1, kind: Policy, metadata: {name: kind}, spec: {align: [{id: a, head: mara-harmless}]}}");
        toy().run(context -> {
            FailureAnalysis analysis = new SluiceFailureAnalyzer().analyze(context.getStartupFailure());
            assertThat(analysis).isNotNull();
            assertThat(analysis.getDescription())
                    .startsWith("classifier mara-harmless was trained for the model with the fingerprint b179c952")
                    .endsWith("or train mara-harmless anew for this one");
        });
    }

    @Test
    void a_model_that_cannot_be_loaded_is_told_with_its_cause() {
        runner.withPropertyValues("sluice.policies.location=" + directory)
                .withBean(ModelLoader.class, () -> () -> {
                    throw new IOException("no room on the disk");
                })
                .run(context -> {
                    FailureAnalysis analysis = new SluiceFailureAnalyzer().analyze(context.getStartupFailure());
                    assertThat(analysis).isNotNull();
                    assertThat(analysis.getDescription()).isEqualTo("no room on the disk");
                });
    }

    @Test
    void closing_while_the_model_loads_frees_what_comes_late() throws Exception {
        CompletableFuture<Serving> late = new CompletableFuture<>();
        CountDownLatch freed = new CountDownLatch(1);
        SluiceRuntime runtime = new SluiceRuntime(() -> {
            try {
                return late.get();
            } catch (InterruptedException e) {
                return late.get();
            }
        });
        runtime.close();
        assertThat(runtime.failed()).isTrue();
        ByteTokenizer tokenizer = new ByteTokenizer();
        ToyModel model = new ToyModel(ToyModel.Settings.of(tokenizer.vocabulary(), 5));
        late.complete(new Serving(
                "toy",
                model.description(),
                tokenizer,
                null,
                100,
                PolicySet.empty(),
                new GenerationRequest.Speculation(true, List.of(), 4),
                request -> subscriber -> {},
                freed::countDown));
        assertThat(freed.await(20, TimeUnit.SECONDS)).isTrue();
    }
}
