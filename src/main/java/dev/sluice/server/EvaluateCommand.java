package dev.sluice.server;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what a policy's learned rules do to answers; each kind is a command below it. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = "Measure what a policy's learned rules do to answers.")
final class EvaluateCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing: "
                        + String.join(
                                ", ",
                                spec.subcommands().keySet().stream()
                                        .map(name -> "evaluate " + name)
                                        .toList()));
    }
}
