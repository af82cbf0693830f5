package dev.sluice.server;

import dev.sluice.policy.PolicyCheck;
import dev.sluice.policy.PolicyResources;
import dev.sluice.spring.SluiceProperties;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What one does with policy files. */
@Command(name = "policy", mixinStandardHelpOptions = true, description = "Check policy files.")
final class PolicyCommand implements Runnable {
    private final Settings settings;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** The command, on settings: it needs the folder of classifiers, and a wrong one is refused here as everywhere. */
    PolicyCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: policy check DIR");
    }

    /** Checks a directory without a model; status 1 where it would not be loaded. */
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Check a directory of policy files as the start of the service does; show what each policy "
                    + "does and the most text it may hold back.")
    int check(@Parameters(paramLabel = "DIR", description = "Directory of policy files.") Path directory) {
        PolicyResources resources;
        try (ConfigurableApplicationContext context = settings.startLocal(true)) {
            resources = context.getBean(SluiceProperties.class).policyResources();
        }
        PolicyCheck.Result result = PolicyCheck.run(directory, resources);
        PrintWriter writer =
                result.ok() ? spec.commandLine().getOut() : spec.commandLine().getErr();
        writer.print(result.text());
        writer.flush();
        return result.ok() ? 0 : 1;
    }
}
