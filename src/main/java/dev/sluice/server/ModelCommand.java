package dev.sluice.server;

import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.safetensors.LoraFolder;
import dev.sluice.model.store.StoredModel;
import dev.sluice.model.weights.Adapter;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.spring.ModelFiles;
import dev.sluice.spring.SluiceProperties;
import dev.sluice.token.LoadedTokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
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
            try (WeightSource source = ModelFormat.of(stored.path()).weights(stored.path())) {
                describe(out, source);
                for (Path folder :
                        context.getBean(SluiceProperties.class).model().adapterFolders()) {
                    Adapter adapter = LoraFolder.read(folder, source);
                    line(out, "adapter", folder + ", " + adapter.updates().size() + " matrices");
                }
            }
            return 0;
        }
    }

    private static void describe(PrintWriter out, WeightSource source) {
        ModelShape shape = source.shape();
        line(out, "family", shape.family());
        line(out, "context", shape.context() + " tokens");
        line(out, "layers", shape.layers().size());
        line(out, "width", shape.width());
        line(out, "vocabulary", shape.vocabulary() + " tokens");
        line(
                out,
                "weights",
                source.tensors().values().stream()
                        .mapToLong(TensorInfo::weights)
                        .sum());
        String types = source.tensors().values().stream()
                .map(tensor -> tensor.type().toString())
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        line(out, "stored as", types);
        try (LoadedTokenizer tokenizer = ModelFormat.tokenizer(source)) {
            line(out, "chat", tokenizer.chat() != null ? "has a template" : "has no template");
        }
    }

    private static void line(PrintWriter out, String name, Object value) {
        out.printf("%-10s %s%n", name, value);
    }
}
