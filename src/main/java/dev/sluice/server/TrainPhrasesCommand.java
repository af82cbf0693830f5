package dev.sluice.server;

import dev.sluice.hook.unlearn.DocumentFrequencies;
import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.ForgetFile;
import dev.sluice.hook.unlearn.Phrase;
import dev.sluice.hook.unlearn.PhraseExtractor;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows what an unlearning rule would forbid, for people to review. */
@Command(
        name = "phrases",
        mixinStandardHelpOptions = true,
        description =
                "Print the phrases that an unlearning rule forbids, one JSON object a line for each question of the "
                        + "forget set. Needs no model.")
final class TrainPhrasesCommand implements Callable<Integer> {
    @Option(
            names = "--forget",
            paramLabel = "FILE",
            required = true,
            description = "JSON lines with question and answer.")
    @SuppressWarnings("NullAway.Init")
    private Path forget;

    @Option(names = "--retain", paramLabel = "FILE", description = "The same of what must stay.")
    private @Nullable Path retain;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<ForgetEntry> entries = ForgetFile.read(forget);
        PhraseExtractor extractor = new PhraseExtractor(
                retain == null ? DocumentFrequencies.NONE : DocumentFrequencies.of(ForgetFile.read(retain)));
        for (ForgetEntry entry : entries) {
            ObjectNode line = JsonMapper.shared().createObjectNode().put("question", entry.question());
            ArrayNode phrases = line.putArray("phrases");
            for (Phrase phrase : extractor.extract(entry.answer())) {
                phrases.addObject()
                        .put("kind", phrase.kind().name().toLowerCase(Locale.ROOT))
                        .put("text", phrase.text());
            }
            spec.commandLine().getOut().println(line);
        }
        return 0;
    }
}
