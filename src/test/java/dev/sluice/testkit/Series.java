package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * The numbers of the cases of a suite: a seeded sample in {@code verify}, all of them in {@code verify -Pthorough}, in
 * slices that go on where the last one stopped.
 *
 * <p>How far a series got is kept below {@code target/thorough}, for the compiled classes it was run on: other classes
 * begin anew. A slice that is over, and a series that is complete, end the test as aborted; a failure fails it, and its
 * case comes first next time. {@code -Dsluice.tests.case=N} runs case N alone.
 */
public final class Series implements Iterable<Integer> {
    private static final boolean THOROUGH = "thorough".equals(System.getProperty("sluice.tests.scale"));
    private static final @Nullable Integer ONLY = Integer.getInteger("sluice.tests.case");
    private static final Instant SLICE_ENDS =
            started().plus(Duration.parse(System.getProperty("sluice.tests.slice", "PT25M")));
    private static final Path FOLDER = Path.of("target", "thorough");

    private final String name;
    private final int sample;
    private final int end;
    private final int begin;
    private int next;
    private Instant written = Instant.EPOCH;

    private Series(String name, int sample, int end, int begin) {
        this.name = name;
        this.sample = sample;
        this.end = end;
        this.begin = begin;
        this.next = begin;
    }

    /**
     * A series of cases, each decided by its number alone.
     *
     * @param name unique; a file name
     * @param sample cases in {@code verify}
     * @param all cases at full count
     */
    public static Series of(String name, int sample, int all) {
        if (ONLY != null) {
            return new Series(name, sample, ONLY + 1, ONLY);
        }
        return THOROUGH ? new Series(name, sample, all, done(name)) : new Series(name, sample, sample, 0);
    }

    /** Cases that have begun in this run. */
    public int ran() {
        return next - begin;
    }

    /** Whether this run alone had a sample's worth of cases, so that it may speak about frequencies. */
    public boolean isTelling() {
        return ran() >= sample;
    }

    @Override
    public Iterator<Integer> iterator() {
        if (begin >= end) {
            throw new TestAbortedException(progress());
        }
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                boolean over =
                        THOROUGH && ONLY == null && next < end && Instant.now().isAfter(SLICE_ENDS);
                if (THOROUGH
                        && ONLY == null
                        && (next == end || over || Instant.now().isAfter(written.plusSeconds(1)))) {
                    write();
                }
                if (over) {
                    throw new TestAbortedException("the slice is over; run it again to go on. " + progress());
                }
                if (next == end) {
                    System.out.println(progress());
                }
                return next < end;
            }

            @Override
            public Integer next() {
                if (next == end) {
                    throw new NoSuchElementException(name);
                }
                return next++;
            }
        };
    }

    /** When the build began; without one, when this process did. */
    private static Instant started() {
        String build = System.getProperty("sluice.tests.started");
        return build != null
                ? Instant.parse(build)
                : Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
    }

    private String progress() {
        return "series " + name + ": " + next + " of " + end + " cases, 0 failures";
    }

    private void write() {
        written = Instant.now();
        try {
            Files.createDirectories(FOLDER);
            Files.writeString(FOLDER.resolve(name), Classes.DIGEST + " " + next + " of " + end + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int done(String name) {
        Path file = FOLDER.resolve(name);
        try {
            List<String> words =
                    Files.exists(file) ? List.of(Files.readString(file).split(" ")) : List.of("");
            return words.get(0).equals(Classes.DIGEST) ? Integer.parseInt(words.get(1)) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is tested. */
    private static final class Classes {
        static final String DIGEST = digest(Path.of("target", "classes"));

        private static String digest(Path folder) {
            try (Stream<Path> files = Files.walk(folder)) {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                for (Path file : files.filter(name -> name.toString().endsWith(".class"))
                        .sorted()
                        .toList()) {
                    digest.update(Files.readAllBytes(file));
                }
                return HexFormat.of().formatHex(digest.digest(), 0, 8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
