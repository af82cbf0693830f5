package dev.sluice.server;

import dev.sluice.draft.SuccessorFile;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.engine.SuccessorTraining;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.ModelLoader;
import dev.sluice.token.ChatMessage;
import dev.sluice.token.ChatTemplate;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes the table that Token Recycling begins with, from answers of the model in the settings. */
@Command(
        name = "warm-drafts",
        mixinStandardHelpOptions = true,
        header = "Make the table that Token Recycling begins with.",
        description = {
            "Answer the prompts of a file greedily and keep what the model ranked highest after each token of its answers.",
            "The file that ships was made so; it serves the same model file only, and each model needs its own."
        })
final class WarmDraftsCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            required = true,
            description = "Prompts, one a line; each becomes a conversation of one turn.")
    @SuppressWarnings("NullAway.Init")
    private Path prompts;

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "Where the table goes.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "96",
            description = "Most tokens of an answer; ${DEFAULT-VALUE} where not given.")
    private int maxTokens;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    WarmDraftsCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("--max-tokens must be at least 1, but is " + maxTokens);
        }
        List<String> lines = Files.readAllLines(prompts).stream()
                .filter(line -> !line.isBlank())
                .toList();
        PrintWriter err = spec.commandLine().getErr();
        try (ConfigurableApplicationContext context = settings.startLocal(true);
                LoadedModel loaded = context.getBean(ModelLoader.class).load()) {
            String fingerprint = loaded.model().description().fingerprint();
            int room = loaded.model().description().contextLength() - maxTokens;
            List<int[]> encoded = lines.stream()
                    .map(line -> encode(loaded.chat(), loaded, line, room))
                    .toList();
            SuccessorTable table = SuccessorTraining.run(
                    loaded.model(),
                    loaded.tokenizer().vocabulary(),
                    encoded,
                    maxTokens,
                    done -> err.println(done + " of " + encoded.size() + " prompts"));
            try (OutputStream stream = Files.newOutputStream(out)) {
                SuccessorFile.write(table, fingerprint, stream);
            }
        }
        return 0;
    }

    private static int[] encode(@Nullable ChatTemplate chat, LoadedModel loaded, String line, int room) {
        return chat == null
                ? loaded.tokenizer().encode(line, true, room)
                : chat.encode(List.of(new ChatMessage("user", line)), true, room);
    }
}
