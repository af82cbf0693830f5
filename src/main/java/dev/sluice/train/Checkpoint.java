package dev.sluice.train;

import dev.sluice.model.FeedForward;
import dev.sluice.model.NetworkTrainer.State;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A fit between two epochs.
 *
 * @param state where the trainer stands
 * @param epoch epochs done
 * @param best the network of the best epoch so far
 * @param bestEpoch its number; 0 before the first
 * @param bestLoss its validation loss
 * @param bestAccuracy its accuracy on the validation examples
 */
record Checkpoint(State state, int epoch, FeedForward best, int bestEpoch, double bestLoss, double bestAccuracy) {
    private static final long MAGIC = 0x736c756963653031L;

    /** After one more epoch. */
    Checkpoint next(State now, double loss, double accuracy) {
        return loss < bestLoss
                ? new Checkpoint(now, epoch + 1, now.network(), epoch + 1, loss, accuracy)
                : new Checkpoint(now, epoch + 1, best, bestEpoch, bestLoss, bestAccuracy);
    }

    /** A number that tells fits apart: all that their outcome depends on goes in. */
    static long key(FeedForward start, FitSettings settings, Examples training, Examples validation) {
        long key = settings.hashCode();
        for (float[] parameter : start.parameters()) {
            key = 31 * key + Arrays.hashCode(parameter);
        }
        for (Examples examples : new Examples[] {training, validation}) {
            key = 31 * key + Arrays.deepHashCode(examples.inputs());
            key = 31 * key + Arrays.hashCode(examples.labels());
            key = 31 * key + Arrays.hashCode(examples.weights());
        }
        return key;
    }

    /** Writes it; the file is always whole. */
    void write(Path file, long key) {
        Path unfinished = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (DataOutputStream out =
                    new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 16))) {
                out.writeLong(MAGIC);
                out.writeLong(key);
                out.writeInt(epoch);
                out.writeInt(bestEpoch);
                out.writeDouble(bestLoss);
                out.writeDouble(bestAccuracy);
                out.writeInt(state.steps());
                for (FeedForward network : new FeedForward[] {state.network(), state.first(), state.second(), best}) {
                    for (float[] parameter : network.parameters()) {
                        for (float one : parameter) {
                            out.writeFloat(one);
                        }
                    }
                }
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("the checkpoint " + file + " cannot be written", e);
        }
    }

    /**
     * Reads one, or null where there is no file.
     *
     * @param form a network of the sizes it has
     * @throws IllegalArgumentException if it is none, or of another fit
     */
    static @Nullable Checkpoint read(Path file, FeedForward form, long key) {
        if (Files.notExists(file)) {
            return null;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            if (in.readLong() != MAGIC || in.readLong() != key) {
                throw refused(file, "is of another fit: its data, sizes or settings differ");
            }
            int epoch = in.readInt();
            int bestEpoch = in.readInt();
            double bestLoss = in.readDouble();
            double bestAccuracy = in.readDouble();
            int steps = in.readInt();
            State state = new State(network(in, form), network(in, form), network(in, form), steps);
            return new Checkpoint(state, epoch, network(in, form), bestEpoch, bestLoss, bestAccuracy);
        } catch (EOFException e) {
            throw refused(file, "ends too early");
        } catch (IOException e) {
            throw new UncheckedIOException("the checkpoint " + file + " cannot be read", e);
        }
    }

    private static IllegalArgumentException refused(Path file, String problem) {
        return new IllegalArgumentException("the checkpoint " + file + " " + problem + "; remove it to begin anew");
    }

    private static FeedForward network(DataInputStream in, FeedForward form) throws IOException {
        FeedForward network = form.zeros();
        for (float[] parameter : network.parameters()) {
            for (int i = 0; i < parameter.length; i++) {
                parameter[i] = in.readFloat();
            }
        }
        return network;
    }
}
