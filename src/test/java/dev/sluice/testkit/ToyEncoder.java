package dev.sluice.testkit;

import dev.sluice.model.SentenceEncoder;
import java.util.Locale;

/** Hashed runs of three letters: texts that share spelling are alike. */
public final class ToyEncoder implements SentenceEncoder {
    private static final int WIDTH = 96;
    private volatile boolean broken;

    /** Makes it fail from now on, or work again. */
    public ToyEncoder breaks(boolean now) {
        broken = now;
        return this;
    }

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public String fingerprint() {
        return "70";
    }

    @Override
    public float[] encode(String text) {
        if (broken) {
            throw new IllegalStateException("the toy encoder was told to break");
        }
        float[] vector = new float[WIDTH];
        String padded = "^" + text.toLowerCase(Locale.ROOT) + "$";
        for (int i = 0; i + 3 <= padded.length(); i++) {
            vector[Math.floorMod(padded.substring(i, i + 3).hashCode() * 0x9E3779B1, WIDTH)]++;
        }
        double sum = 0;
        for (float one : vector) {
            sum += one * one;
        }
        float length = (float) Math.sqrt(sum);
        for (int i = 0; i < WIDTH; i++) {
            vector[i] = length == 0 ? (i == 0 ? 1 : 0) : vector[i] / length;
        }
        return vector;
    }

    @Override
    public void close() {}
}
