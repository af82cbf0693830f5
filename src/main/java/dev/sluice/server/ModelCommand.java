package dev.sluice.server;

import dev.sluice.model.gguf.GgufFile;
import dev.sluice.model.gguf.GgufMetadata;
import dev.sluice.model.gguf.TensorInfo;
import dev.sluice.model.store.StoredModel;
import dev.sluice.spring.ModelFiles;
import java.io.PrintWriter;
import java.util.stream.Collectors;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What one does with model files. */
@Command(name = "model", mixinStandardHelpOptions = true, description = "Fetch and show model files.")
final class ModelCommand implements Runnable {
    private final Settings settings;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    ModelCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: model pull, or model show");
    }

    /** Fetches the model file unless it is here. */
    @Command(
            name = "pull",
            mixinStandardHelpOptions = true,
            description = "Fetch the model of sluice.model.source unless it is here already; print its path.")
    int pull() {
        try (ConfigurableApplicationContext context = settings.startLocal(true)) {
            spec.commandLine()
                    .getOut()
                    .println(context.getBean(ModelFiles.class).fetch().path());
            return 0;
        }
    }

    /** Shows what the model file says of itself. */
    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Show what the model file of sluice.model.source says of itself; fetch it first if needed.")
    int show() {
        try (ConfigurableApplicationContext context = settings.startLocal(true)) {
            ModelFiles files = context.getBean(ModelFiles.class);
            StoredModel stored = files.fetch();
            PrintWriter out = spec.commandLine().getOut();
            line(out, "source", files.source());
            line(out, "file", stored.path());
            if (stored.sha256() != null) {
                line(out, "sha256", stored.sha256());
            }
            try (GgufFile file = GgufFile.open(stored.path())) {
                describe(out, file);
            }
            return 0;
        }
    }

    private static void describe(PrintWriter out, GgufFile file) {
        GgufMetadata metadata = file.metadata();
        String family = metadata.string("general.architecture", "unknown");
        line(out, "name", metadata.string("general.name", "unnamed"));
        line(out, "family", family);
        line(out, "context", metadata.integer(family + ".context_length", 0) + " tokens");
        line(out, "layers", metadata.integer(family + ".block_count", 0));
        line(out, "width", metadata.integer(family + ".embedding_length", 0));
        line(
                out,
                "weights",
                file.tensors().values().stream().mapToLong(TensorInfo::weights).sum());
        String types = file.tensors().values().stream()
                .map(tensor -> tensor.type().toString())
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        line(out, "stored as", types);
        line(out, "chat", metadata.contains("tokenizer.chat_template") ? "has a template" : "has no template");
    }

    private static void line(PrintWriter out, String name, Object value) {
        out.printf("%-10s %s%n", name, value);
    }
}
