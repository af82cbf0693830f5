package dev.sluice.engine;

import dev.sluice.decode.Choice;
import dev.sluice.decode.Noise;
import dev.sluice.decode.RankedChoice;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.decode.Verdict;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.TokenSequence;
import dev.sluice.hook.PromptContext;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.gguf.GgufFile;
import dev.sluice.model.gguf.GgufTokenizer;
import dev.sluice.policy.PolicySet;
import dev.sluice.server.bench.Guard;
import dev.sluice.testkit.TestModel;
import dev.sluice.testkit.ToyModel;
import dev.sluice.token.Vocabulary;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What Java does between two passes, piece by piece, over the default model's vocabulary. One call is one token or tree. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class HotPieces {
    private static final String TEXT =
            "The harbour was quiet in the early morning, and the silver light of the sea lay on"
                    + " the open boats. A gentle wind came from the north, and the old men began to mend their nets. The harbour was"
                    + " quiet in the early evening, too, when the silver light of the moon lay on the open boats.";
    private static final int BEST = 64;

    private Vocabulary vocabulary;
    private int[] text;
    private int at;

    private RankedChoice greedy;
    private RowQuery greedyQuery;
    private RankedRow greedyRow;
    private RankedChoice sampled;
    private Noise noise;
    private RowQuery sampledQuery;
    private RankedRow sampledRow;
    private float[] raw;

    private GuardState[] guards;
    private Position[] positions;
    private Drafter drafter;
    private TokenSequence sequence;
    private ReleaseWindow window;
    private int released;

    /** Reads the tokenizer, compiles the guard, and makes rows of logits like those of a model. */
    @Setup
    public void prepare() {
        try (GgufFile file = GgufFile.open(TestModel.path());
                GgufTokenizer files = GgufTokenizer.load(file)) {
            vocabulary = files.tokenizer().vocabulary();
            text = files.tokenizer().encode(TEXT, false);
        }
        Random random = new Random(1);
        raw = new float[vocabulary.size()];
        for (int token = 0; token < raw.length; token++) {
            raw[token] = (float) (3 * random.nextGaussian());
        }
        greedy = new RankedChoice(SamplingParameters.greedy(), raw.length, vocabulary.masked());
        greedyQuery = greedy.edits().query(greedy.edits().start(text), new int[0], null);
        greedyRow = ToyModel.ranked(raw, greedyQuery, vocabulary.masked(), BEST);
        SamplingParameters sampling = new SamplingParameters(0.8, 0, 0.95, 0, 1, 1, 0, 0, Map.of(), 7);
        sampled = new RankedChoice(sampling, raw.length, vocabulary.masked());
        noise = sampled.noise(0);
        sampledQuery = sampled.edits().query(sampled.edits().start(text), noise.tokens(), null);
        for (int token = 0; token < 40; token++) {
            raw[1000 + token] += 12;
        }
        sampledRow = ToyModel.ranked(raw, sampledQuery, vocabulary.masked(), BEST);

        PolicySet policies = Guard.policies();
        GuardState guard = GuardState.start(
                policies.resolve(Set.of(Guard.POLICY)), new PromptContext(vocabulary, new int[] {text[0]}));
        guards = new GuardState[text.length];
        positions = new Position[text.length];
        for (int i = 0; i < text.length; i++) {
            guards[i] = guard;
            positions[i] = Position.start(guard, greedy.edits().start(text), StopState.of(List.of()));
            guard = guard.after(text[i]);
        }
        drafter = DrafterFactory.shipped(vocabulary.size()).create("", List.of("prompt-lookup", "token-recycling"));
        sequence = new TokenSequence(text);
        window = new ReleaseWindow(0);
    }

    private int next() {
        at = at + 1 == text.length ? 0 : at + 1;
        return at;
    }

    /** Ranked choice without noise. */
    @Benchmark
    public Choice rankedChoiceGreedy() {
        return greedy.choose(greedyRow, greedyQuery, Noise.NONE, () -> raw, token -> Verdict.ACCEPT);
    }

    /** Ranked choice at temperature 0.8 and top-p 0.95. */
    @Benchmark
    public Choice rankedChoiceSampled() {
        return sampled.choose(sampledRow, sampledQuery, noise, () -> raw, token -> Verdict.ACCEPT);
    }

    /** The noise of a position. */
    @Benchmark
    public Noise keyedNoise() {
        return sampled.noise(next());
    }

    /** A thousand phrase rules, asked about one candidate. */
    @Benchmark
    public Verdict hookJudge() {
        int i = next();
        return guards[i].judge(text[i], false);
    }

    /** A thousand phrase rules, advanced by one token. */
    @Benchmark
    public Object hookAdvance() {
        int i = next();
        return guards[i].after(text[i]);
    }

    /** A tree of at most eight nodes from both drafters, unguarded tokens refused by a thousand rules. */
    @Benchmark
    public int treeBuilding() {
        DraftTree tree = new DraftTree(8, vocabulary, positions[next()], token -> false, 1000);
        drafter.propose(sequence, tree);
        return tree.size();
    }

    /** The text of one token, released. */
    @Benchmark
    public Object detokenising() {
        int token = text[next()];
        window.add(new GenerationEvent.ReleasedToken(token, vocabulary.bytes(token), null, null));
        return window.release(++released, 0, Gaps.NONE);
    }
}
