package dev.sluice.server;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that does nothing by itself: names those below it. */
abstract class CommandGroup implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public final void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing: "
                        + String.join(
                                ", ",
                                spec.subcommands().keySet().stream()
                                        .map(name -> spec.name() + " " + name)
                                        .toList()));
    }
}
