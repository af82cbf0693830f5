package dev.sluice.model.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressPrinterTests {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now;

    @Test
    void a_terminal_shows_one_line_that_rewrites_itself() {
        transfer(true);
        assertThat(output()).startsWith("\rm.whl: 5.0 MB").contains("\rm.whl: 100.0 MB of 100.0 MB (100 %), done");
        assertThat(output().chars().filter(c -> c == '\n')).hasSize(1);
        assertThat(output()).contains("\rm.whl: 50.0 MB of 100.0 MB (50 %), 5.0 MB/s, 10 s left");
    }

    @Test
    void without_a_terminal_a_line_comes_every_five_seconds_and_at_the_end() {
        transfer(false);
        assertThat(output().lines())
                .containsExactly(
                        "m.whl: 5.0 MB of 100.0 MB (5 %), 5.0 MB/s, 19 s left",
                        "m.whl: 30.0 MB of 100.0 MB (30 %), 5.0 MB/s, 14 s left",
                        "m.whl: 55.0 MB of 100.0 MB (55 %), 5.0 MB/s, 9 s left",
                        "m.whl: 80.0 MB of 100.0 MB (80 %), 5.0 MB/s, 4 s left",
                        "m.whl: 100.0 MB of 100.0 MB (100 %), done");
    }

    private void transfer(boolean terminal) {
        ProgressPrinter printer =
                new ProgressPrinter(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, () -> now);
        TransferMeter meter = new TransferMeter(printer, "m.whl", 0, 100_000_000, () -> now);
        for (int second = 0; second < 20; second++) {
            now += 1_000_000_000L;
            meter.add(5_000_000);
        }
        meter.finish();
    }

    private String output() {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
