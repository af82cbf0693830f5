package dev.sluice.server;

import picocli.CommandLine.Command;

/** Measures what a policy's learned rules do to answers; each kind is a command below it. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = "Measure what a policy's learned rules do to answers.")
final class EvaluateCommand extends CommandGroup {}
