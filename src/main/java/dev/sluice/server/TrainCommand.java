package dev.sluice.server;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains what guards learn from data; each kind is a command below it. */
@Command(name = "train", mixinStandardHelpOptions = true, description = "Train what a policy's learned rules need.")
final class TrainCommand implements Runnable {
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
                                        .map(name -> "train " + name)
                                        .toList()));
    }
}
