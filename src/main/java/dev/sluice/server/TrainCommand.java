package dev.sluice.server;

import picocli.CommandLine.Command;

/** Trains what guards learn from data; each kind is a command below it. */
@Command(name = "train", mixinStandardHelpOptions = true, description = "Train what a policy's learned rules need.")
final class TrainCommand extends CommandGroup {}
