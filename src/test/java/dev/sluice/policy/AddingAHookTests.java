package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.decode.Verdict;
import dev.sluice.engine.Engine;
import dev.sluice.engine.EngineSettings;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.Report;
import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import dev.sluice.policy.YamlNode.Text;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import reactor.adapter.JdkFlowAdapter;

/** Follows docs/adding-a-hook.md with a toy: steps 1 and 2, and what step 4 asks first. */
class AddingAHookTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();

    /**
     * Step 1: forbids that a token follows itself.
     *
     * <p><em>Limitations</em>: a word may well follow itself.
     */
    record Stutter(RuleId rule) implements GuardHook {
        @Override
        public HookState start(PromptContext prompt) {
            return new Behind(rule, prompt.tokens()[prompt.tokens().length - 1]);
        }

        @Override
        public int holdBack() {
            return 0;
        }

        /** Behind a token. */
        private record Behind(RuleId rule, int last) implements HookState {
            @Override
            public Verdict judge(int token, boolean ends) {
                return token == last ? new Verdict.Reject(rule, "reject") : Verdict.ACCEPT;
            }

            @Override
            public HookState after(int token) {
                return new Behind(rule, token);
            }
        }
    }

    /** Step 2: the key. */
    private static final class StutterSpecCompiler implements SpecCompiler {
        @Override
        public Compiled compile(Scope scope, YamlNode spec, Findings findings) {
            List<Rule> ids = new ArrayList<>();
            GuardHook hook = null;
            for (YamlNode item : spec instanceof Sequence sequence ? sequence.items() : List.<YamlNode>of()) {
                if (item instanceof Mapping mapping && mapping.get("id") instanceof Text id) {
                    ids.add(new Rule(id.value(), false, id.span()));
                    hook = new Stutter(new RuleId(scope.policy(), id.value()));
                }
            }
            return new Compiled(hook, ids);
        }
    }

    private static PolicySet policies() {
        Findings findings = new Findings();
        String text = "{kind: Policy, metadata: {name: p}, spec: {stutter: [{id: twice}]}}";
        List<YamlDocument> documents = YamlDocuments.parse(new SourceFile("a.yaml", text), findings);
        Map<String, Policy> compiled = new PolicyCompiler(
                        Map.of("stutter", new StutterSpecCompiler()), PolicyResources.DEFAULT, findings)
                .compile(documents)
                .policies();
        return new PolicySet("r", compiled, List.of());
    }

    private static List<GenerationEvent> events(Engine engine, int nodes, Set<String> policies) {
        GenerationRequest request = new GenerationRequest(
                new int[] {'a', 'b'},
                new SamplingParameters(1.3, 6, 1, 0, 1, 1, 0, 0, Map.of(ByteTokenizer.END, -100f), 9),
                120,
                List.of(),
                1,
                null,
                policies,
                new Speculation(nodes > 0, List.of("token-recycling", "prompt-lookup"), nodes),
                true,
                "");
        return Objects.requireNonNull(JdkFlowAdapter.flowPublisherToFlux(engine.submit(request))
                .collectList()
                .block());
    }

    private static List<Integer> ids(List<GenerationEvent> events) {
        List<Integer> ids = new ArrayList<>();
        for (GenerationEvent event : events) {
            if (event instanceof GenerationEvent.Delta delta) {
                delta.tokens().forEach(token -> ids.add(token.id()));
            }
        }
        return ids;
    }

    @Test
    void theToyHolds_isNamedInReports_andDraftsDoNotMatter() {
        EngineSettings settings =
                new EngineSettings(4, 512, 16, Duration.ofMinutes(5), Duration.ofSeconds(5), 16, List.of(), 0);
        ToyModel model = new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 5));
        try (Engine engine = new Engine(model, TOKENIZER.vocabulary(), settings, AddingAHookTests::policies)) {
            List<Integer> free = ids(events(engine, 0, Set.of()));
            List<GenerationEvent> guarded = events(engine, 0, Set.of("p"));
            List<Integer> held = ids(guarded);
            assertThat(repeats(free)).isPositive();
            assertThat(repeats(held)).isZero();
            assertThat(ids(events(engine, 8, Set.of("p")))).isEqualTo(held);
            int first = 0;
            while (free.get(first).equals(held.get(first))) {
                first++;
            }
            Report report = ((GenerationEvent.Completed) guarded.get(guarded.size() - 1)).report();
            assertThat(report.interventions()).contains(new Report.Intervention(0, first, "p", "twice", "reject"));
        }
    }

    private static int repeats(List<Integer> ids) {
        int repeats = 0;
        for (int i = 1; i < ids.size(); i++) {
            repeats += ids.get(i).equals(ids.get(i - 1)) ? 1 : 0;
        }
        return repeats;
    }
}
