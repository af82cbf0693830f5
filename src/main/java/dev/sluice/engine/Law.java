package dev.sluice.engine;

import dev.sluice.decode.Acceptance;
import dev.sluice.decode.Choice;
import dev.sluice.decode.Judge;
import dev.sluice.decode.LaneMixture;
import dev.sluice.decode.Logprobs;
import dev.sluice.decode.Noise;
import dev.sluice.decode.PenaltyCounts;
import dev.sluice.decode.RankedChoice;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.decode.Verdict;
import dev.sluice.draft.DraftNoise;
import dev.sluice.engine.GenerationEvent.Alternative;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.hook.persona.Persona;
import dev.sluice.model.CausalModel;
import dev.sluice.model.RowQuery;
import dev.sluice.token.Vocabulary;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The law of {@code decode} bound to one choice: its sampling, its noise, and the rows of a pass. Engine loop only. */
final class Law {
    private static final int NOISE_KEPT = 128;

    private final SamplingParameters sampling;
    private final Vocabulary vocabulary;
    private final RankedChoice ranked;
    private final boolean byScore;
    private final @Nullable LaneLaw lanes;
    private final int prefillChunk;
    private final int maxSegment;
    private final Map<Integer, Noise> noise = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Noise> eldest) {
            return size() > NOISE_KEPT;
        }
    };

    /**
     * The law of a choice.
     *
     * @param sampling with the seed of this choice
     * @param model gives the length of its rows, of which those behind the vocabulary stand for no token, and the most
     *     tokens that one session may bring to a pass
     * @param prefillChunk most tokens of a prompt in a pass
     * @param byScore whether candidates come by probability alone, without noise
     * @param persona the lanes that judge together, or null
     */
    Law(
            SamplingParameters sampling,
            Vocabulary vocabulary,
            CausalModel model,
            int prefillChunk,
            boolean byScore,
            @Nullable PersonaPrompt persona) {
        int rowLength = model.description().vocabularySize();
        this.sampling = sampling;
        this.byScore = byScore;
        this.vocabulary = vocabulary;
        this.maxSegment = model.maxSegment();
        this.prefillChunk = Math.min(prefillChunk, maxSegment);
        BitSet never = vocabulary.masked();
        never.set(vocabulary.size(), rowLength);
        this.ranked = new RankedChoice(sampling, rowLength, never);
        this.lanes = persona == null || persona.lanes().size() == 1
                ? null
                : new LaneLaw(persona, ranked, new LaneMixture(sampling, rowLength, never, mixtureMode(persona)));
    }

    private static LaneMixture.Mode mixtureMode(PersonaPrompt persona) {
        return persona.mode() == Persona.Mode.PRODUCT ? LaneMixture.Mode.PRODUCT : LaneMixture.Mode.MIXTURE;
    }

    /** What the penalties know before the first answer token. */
    PenaltyCounts counts(int[] prompt) {
        return ranked.edits().start(lanes == null ? prompt : new int[0]);
    }

    /** What to ask of the row behind a prefix. */
    RowQuery query(Position at) {
        return ranked.edits()
                .query(at.counts(), noise(at.length()).tokens(), at.guards().mask());
    }

    /** The token that follows a prefix, from the verified row of its node. */
    Choice choose(VerifiedRows rows, int node, Position at, Judge judge, Acceptance heads) {
        Noise here = noise(at.length());
        return lanes == null
                ? ranked.choose(rows.row(node), rows.query(node), here, () -> rows.raw(0, node), judge, heads)
                : lanes.choose(rows, node, at.length(), here, judge, heads);
    }

    /**
     * For each lane, whether it alone would have chosen another token behind a prefix than was emitted; empty where there is
     * one lane.
     */
    boolean[] rejecting(VerifiedRows rows, int node, Position at, int emitted) {
        return lanes == null ? new boolean[0] : lanes.rejecting(rows, node, noise(at.length()), emitted);
    }

    /**
     * An emitted token with what a client may see of its row.
     *
     * @param at the prefix before it
     * @param alternatives how many alternatives to report, or null for no log-probabilities at all
     */
    ReleasedToken released(
            VerifiedRows rows, int node, Position at, int token, @Nullable Integer alternatives, Judge judge) {
        if (alternatives == null) {
            return new ReleasedToken(token, vocabulary.bytes(token), null, null);
        }
        float[] raw = lanes == null ? rows.raw(0, node) : lanes.mixed(rows, node, at.length());
        Logprobs logprobs = Logprobs.of(raw, token, alternatives, other -> other != token && !shown(other, judge));
        List<Alternative> top = new ArrayList<>();
        for (int i = 0; i < logprobs.tokens().length; i++) {
            int other = logprobs.tokens()[i];
            top.add(new Alternative(other, vocabulary.bytes(other), logprobs.logprobs()[i]));
        }
        return new ReleasedToken(token, vocabulary.bytes(token), logprobs.chosen(), List.copyOf(top));
    }

    private boolean shown(int token, Judge judge) {
        if (token >= vocabulary.size() || vocabulary.isMasked(token)) {
            return false;
        }
        Verdict verdict = judge.judge(token);
        return !(verdict instanceof Verdict.Reject) && !(verdict instanceof Verdict.Rewind);
    }

    private Noise noise(int position) {
        return byScore ? Noise.NONE : noise.computeIfAbsent(position, ranked::noise);
    }

    /** The noise of this choice, for guesses; {@link DraftNoise#NONE} where greedy. */
    DraftNoise draftNoise() {
        if (byScore || sampling.isGreedy()) {
            return DraftNoise.NONE;
        }
        return new DraftNoise() {
            @Override
            public double of(int position, int token) {
                return noise(position).of(token);
            }

            @Override
            public double temperature() {
                return sampling.temperature();
            }
        };
    }

    /** The model's tokens. */
    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** Most prompt tokens in a pass. */
    int prefillChunk() {
        return prefillChunk;
    }

    /** Most tokens of one session in a pass. */
    int maxSegment() {
        return maxSegment;
    }

    /** The seed of this choice. */
    long seed() {
        return sampling.seed();
    }
}
