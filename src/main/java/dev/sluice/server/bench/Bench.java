package dev.sluice.server.bench;

import dev.sluice.engine.Engine;
import dev.sluice.model.torch.TorchModel;
import dev.sluice.server.bench.Figures.Answer;
import dev.sluice.server.bench.Figures.PassTime;
import dev.sluice.server.bench.Figures.Prefill;
import dev.sluice.server.bench.Figures.Streams;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceProperties;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One run: passes, then answers, prefill and streams, everything in turns.
 *
 * @param prompts what is answered
 * @param maxTokens most tokens of an answer
 * @param repeat rounds of everything; passes are timed five times as often
 * @param nodes sizes of passes by nodes
 * @param sessions sizes of passes by sessions; streams go up to the largest
 * @param contexts sizes of passes by context
 * @param peer another engine, or null
 * @param progress hears of each step
 */
public record Bench(
        List<BenchPrompt> prompts,
        int maxTokens,
        int repeat,
        List<Integer> nodes,
        List<Integer> sessions,
        List<Integer> contexts,
        @Nullable PeerEngine peer,
        Consumer<String> progress) {
    private static final List<Integer> STREAMS = List.of(1, 8, 32);
    /** Requests of one stream: enough that an answer or two more or less do not show. */
    private static final int ONE_AFTER_THE_OTHER = 4;

    private static final int PEER_CONTEXT = 4096;

    /**
     * Throws {@link IllegalArgumentException} where the peer cannot read the model; before the model is loaded.
     *
     * @param file the model's file or folder
     */
    public void check(Path file) {
        if (peer != null && Files.isDirectory(file)) {
            throw new IllegalArgumentException(peer.name() + " reads a GGUF file, but the model is the folder " + file
                    + ": leave --peer out, or set sluice.model.source to a GGUF file");
        }
    }

    /**
     * Runs it.
     *
     * @param loaded the model; closed at the end, with its tokenizer, on failure too
     * @param file its file, for the peer
     * @param properties of the engine; enough sessions for the streams
     */
    public BenchReport run(LoadedModel loaded, Path file, SluiceProperties properties) {
        Machine machine = loaded.model() instanceof TorchModel torch
                ? Machine.here(torch.profile().threads(), torch.profile().spinCount())
                : Machine.here(1, 0);
        PeerEngine.Loaded other = null;
        try (loaded) {
            other = peer == null ? null : peer.open(file, machine.threads(), 1, PEER_CONTEXT);
            progress.accept("passes by nodes, context and sessions");
            List<PassTime> passes;
            List<String> leftOut;
            try (PassTimer timer =
                    new PassTimer(loaded.model(), loaded.tokenizer(), other, nodes, sessions, contexts, 5 * repeat)) {
                passes = timer.measure();
                leftOut = timer.leftOut();
            }
            try (Engine engine = Serving.engine(loaded, Guard.policies(), properties)) {
                Answerer answerer = new Answerer(engine, loaded, other, maxTokens);
                List<Answer> answers = answers(answerer);
                List<Prefill> prefills = prefills(answerer);
                close(other);
                other = null;
                return new BenchReport(new Figures(
                        machine,
                        engine.model(),
                        String.join(" + ", properties.draft().drafters()) + ", max-nodes "
                                + properties.draft().maxNodes(),
                        peer == null ? null : peer.name(),
                        Guard.rules(),
                        repeat,
                        passes,
                        leftOut,
                        answers,
                        streams(engine, loaded, file, machine.threads()),
                        prefills));
            }
        } finally {
            close(other);
        }
    }

    private static void close(PeerEngine.@Nullable Loaded other) {
        if (other != null) {
            other.close();
        }
    }

    private List<Mode> modes() {
        return Arrays.stream(Mode.values())
                .filter(mode -> mode != Mode.PEER || peer != null)
                .toList();
    }

    /** Every prompt in every mode, the modes beginning with another each time. */
    private List<Answer> answers(Answerer answerer) {
        List<Mode> modes = modes();
        for (Mode mode : modes) {
            for (int i = 0; i < 2; i++) {
                answerer.answer(new BenchPrompt("warm-up", "Describe a walk through a town by the sea."), mode, -1);
            }
        }
        List<Answer> answers = new ArrayList<>();
        for (int round = 0; round < repeat; round++) {
            for (int i = 0; i < prompts.size(); i++) {
                BenchPrompt prompt = prompts.get(i);
                progress.accept("round %d of %d, prompt %d of %d (%s)"
                        .formatted(round + 1, repeat, i + 1, prompts.size(), prompt.category()));
                for (int turn = 0; turn < modes.size(); turn++) {
                    answers.add(answerer.answer(prompt, modes.get((i + round + turn) % modes.size()), round));
                }
            }
        }
        return answers;
    }

    /** Prompts of one length, cut out of the prompts' own text. */
    private List<Prefill> prefills(Answerer answerer) {
        progress.accept("prefill of " + Figures.PREFILL + " tokens");
        int[] text = prompts.stream()
                .flatMapToInt(prompt -> Arrays.stream(answerer.tokens(prompt)))
                .toArray();
        List<Prefill> prefills = new ArrayList<>();
        for (int round = 0; round < repeat; round++) {
            int from = 31 * round;
            int[] prompt = IntStream.range(from, from + Figures.PREFILL)
                    .map(i -> text[i % text.length])
                    .toArray();
            for (Mode mode : List.of(Mode.PLAIN, Mode.PEER)) {
                if (mode == Mode.PLAIN || peer != null) {
                    prefills.add(new Prefill(mode, round, answerer.prefill(prompt, mode, round)));
                }
            }
        }
        return prefills;
    }

    /** Many answers at once, to short prompts; the peer is loaded anew for each number of streams. */
    private List<Streams> streams(Engine engine, LoadedModel loaded, Path file, int threads) {
        Answerer ours = new Answerer(engine, loaded, null, maxTokens);
        List<BenchPrompt> brief = prompts.stream()
                .filter(prompt -> ours.tokens(prompt).length <= Figures.SHORT)
                .toList();
        List<BenchPrompt> from = brief.isEmpty() ? prompts : brief;
        int longest = from.stream()
                .mapToInt(prompt -> ours.tokens(prompt).length)
                .max()
                .orElse(0);
        int most = sessions.stream().mapToInt(Integer::intValue).max().orElse(0);
        List<Streams> streams = new ArrayList<>();
        for (int count : STREAMS.stream().filter(n -> n <= Math.max(1, most)).toList()) {
            progress.accept(count + " streams together");
            List<BenchPrompt> asked = IntStream.range(0, Math.max(count, ONE_AFTER_THE_OTHER))
                    .mapToObj(i -> from.get(i % from.size()))
                    .toList();
            PeerEngine.Loaded other =
                    peer == null ? null : peer.open(file, threads, count, longest + maxTokens + Figures.SHORT);
            try {
                Answerer both = new Answerer(engine, loaded, other, maxTokens);
                for (int round = 0; round < repeat; round++) {
                    streams.add(new Streams(
                            Mode.PLAIN, count, round, both.together(asked, count, Mode.PLAIN, round * 100 + count)));
                    if (other != null) {
                        streams.add(
                                new Streams(Mode.PEER, count, round, both.together(asked, count, Mode.PEER, round)));
                    }
                }
            } finally {
                close(other);
            }
        }
        return streams;
    }
}
