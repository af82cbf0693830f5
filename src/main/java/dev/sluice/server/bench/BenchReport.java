package dev.sluice.server.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a bench found, for people, for programs, and as a picture. */
public final class BenchReport {
    private final Figures figures;

    BenchReport(Figures figures) {
        this.figures = figures;
    }

    /** Prints the tables. */
    public void print(PrintWriter out) {
        new BenchText(figures, out).print();
    }

    /** Writes everything as JSON. */
    public void writeJson(Path file) throws IOException {
        Files.writeString(file, new BenchJson(figures).root().toPrettyString(), StandardCharsets.UTF_8);
    }

    /** Writes a plot as SVG. */
    public void writePlot(Path file) throws IOException {
        Files.writeString(file, new BenchPlot(figures).svg(), StandardCharsets.UTF_8);
    }
}
