package dev.sluice.server;

import dev.sluice.engine.EngineException;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.Report;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceRuntime;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Answers one message. The same request to the service, with the seed told, gives the same tokens. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        header = "Answer one message.",
        description = "The answer goes to standard output, what it took to standard error.")
final class GenerateCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(names = "--policies", paramLabel = "DIR", description = "Directory of policy files.")
    private @Nullable Path policies;

    @Option(names = "--policy", paramLabel = "NAME", description = "Enforce this policy too; may be repeated.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--seed", paramLabel = "N", description = "Seed; drawn and told where there is none.")
    private @Nullable Long seed;

    @Option(names = "--temperature", paramLabel = "T", description = "0 (greedy) to 2; 1 where not given.")
    private @Nullable Double temperature;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Most answer tokens; the context where not given.")
    private @Nullable Integer maxTokens;

    @Option(names = "--json", description = "Print the whole answer as the API would, with token ids and report.")
    private boolean json;

    @Parameters(paramLabel = "PROMPT", description = "The message.")
    @SuppressWarnings("NullAway.Init")
    private String prompt;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    GenerateCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Settings all = policies == null ? settings : settings.with("sluice.policies.location", policies);
        LongSupplier random = new SecureRandom()::nextLong;
        try (ConfigurableApplicationContext context = all.startLocal(false)) {
            Serving serving = context.getBean(SluiceRuntime.class).await();
            Call call = ChatCall.read(Fields.ofRequest(request()), serving, random);
            if (json) {
                print(call, serving);
            } else {
                stream(call, serving);
            }
            return 0;
        } catch (ApiException | EngineException e) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("sluice: " + e.getMessage());
            return 1;
        }
    }

    /** The same as a request to the service, so that it is checked and answered alike. */
    private ObjectNode request() {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        request.putArray("messages").addObject().put("role", "user").put("content", prompt);
        request.put("seed", seed).put("temperature", temperature).put("max_tokens", maxTokens);
        request.put("return_token_ids", true);
        ObjectNode extension = request.putObject("sluice").put("report", true);
        ArrayNode array = extension.putArray("policies");
        names.forEach(array::add);
        return request;
    }

    private void print(Call call, Serving serving) {
        Envelope envelope = Envelope.of(call, serving, "cli", Instant.now().getEpochSecond());
        AnswerBody answer = new AnswerBody(envelope);
        call.run(serving).toIterable().forEach(answer::add);
        spec.commandLine().getOut().println(answer.toJson());
    }

    private void stream(Call call, Serving serving) {
        PrintWriter out = spec.commandLine().getOut();
        for (CallEvent event : call.run(serving).toIterable(1)) {
            if (event.event() instanceof GenerationEvent.Delta delta) {
                out.print(delta.text());
                out.flush();
            } else if (event.event() instanceof GenerationEvent.Completed completed) {
                out.println();
                out.flush();
                summarize(completed.report());
            }
        }
    }

    private void summarize(Report report) {
        PrintWriter err = spec.commandLine().getErr();
        err.printf(
                "seed %d, %d tokens in %d passes, %d of %d draft tokens accepted, policies %s %s%n",
                report.seed(),
                report.completionTokens(),
                report.passes(),
                report.accepted(),
                report.drafted(),
                report.revision(),
                report.policies());
        for (Report.Intervention intervention : report.interventions()) {
            err.printf(
                    "token %d: %s by %s/%s%n",
                    intervention.position(), intervention.kind(), intervention.policy(), intervention.rule());
        }
    }
}
