package dev.sluice.server;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. Answers go to standard output, everything else to standard error. */
@Command(
        name = "sluice",
        mixinStandardHelpOptions = true,
        versionProvider = SluiceCommand.Version.class,
        description = "Guarded decoding: every token is judged before it is emitted.",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nSettings:%n",
        footer = {
            "  Every command takes every setting as --NAME=VALUE, for example",
            "  --sluice.model.source=file:PATH, --sluice.model.precision=float32,",
            "  --sluice.policies.location=DIR, --server.port=8081. README.md lists them.",
            "",
            "Exit status: 0 done, 1 failed, 2 wrong usage."
        })
public final class SluiceCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** Runs a command and exits with its status. */
    public static void main(String[] arguments) {
        PrintStream answers = System.out;
        // Logs of libraries must not mix with answers.
        System.setOut(System.err);
        System.exit(run(
                new PrintWriter(answers, false, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                arguments));
    }

    /** Runs a command; its exit status. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        Settings.Divided divided;
        try {
            divided = Settings.divide(arguments);
        } catch (IllegalArgumentException e) {
            err.println("sluice: " + e.getMessage());
            err.flush();
            return CommandLine.ExitCode.USAGE;
        }
        CommandLine line = commands(divided.settings()).setOut(out).setErr(err);
        line.setExecutionExceptionHandler((failure, command, result) -> {
            Failures.describe(failure).lines().forEach(text -> err.println("sluice: " + text));
            err.flush();
            return CommandLine.ExitCode.SOFTWARE;
        });
        line.setParameterExceptionHandler((failure, given) -> usageError(failure, err));
        int status = line.execute(divided.others().toArray(new String[0]));
        out.flush();
        err.flush();
        return status;
    }

    /** All commands, on some settings. */
    static CommandLine commands(Settings settings) {
        return new CommandLine(new SluiceCommand())
                .addSubcommand(new ServeCommand(settings))
                .addSubcommand(new GenerateCommand(settings))
                .addSubcommand(new BenchCommand(settings))
                .addSubcommand(new WarmDraftsCommand(settings))
                .addSubcommand(new ModelCommand(settings))
                .addSubcommand(new PolicyCommand(settings))
                .addSubcommand(new CommandLine(new TrainCommand())
                        .addSubcommand(new TrainHeadCommand(settings))
                        .addSubcommand(new TrainRouterCommand(settings))
                        .addSubcommand(new TrainPhrasesCommand()))
                .addSubcommand(new CommandLine(new EvaluateCommand())
                        .addSubcommand(new EvaluateUnlearnCommand(settings))
                        .addSubcommand(new EvaluateAlignCommand(settings))
                        .addSubcommand(new EvaluatePersonaCommand(settings)))
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    private static int usageError(ParameterException failure, PrintWriter err) {
        CommandLine command = failure.getCommandLine();
        err.println("sluice: " + failure.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = SluiceCommand.class.getPackage().getImplementationVersion();
            return new String[] {"sluice " + (version == null ? "(not packaged)" : version)};
        }
    }
}
