package dev.sluice.model.torch;

import dev.sluice.testkit.TinyEncoder;

/** The naive twin: a {@link TinyEncoder} token by token in double precision, without padding. */
record PlainEncoder(TinyEncoder model) {
    private static final int WIDTH = TinyEncoder.WIDTH;
    private static final int HEAD = WIDTH / TinyEncoder.HEADS;

    double[] encode(int[] tokens) {
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = new double[WIDTH];
            for (int d = 0; d < WIDTH; d++) {
                x[i][d] = (double) model.weight("embeddings.word_embeddings.weight")[tokens[i] * WIDTH + d]
                        + model.weight("embeddings.position_embeddings.weight")[i * WIDTH + d]
                        + model.weight("embeddings.token_type_embeddings.weight")[d];
            }
            norm("embeddings.LayerNorm", x[i]);
        }
        for (int layer = 0; layer < TinyEncoder.LAYERS; layer++) {
            layer("encoder.layer." + layer + ".", x);
        }
        double[] mean = new double[WIDTH];
        double squares = 0;
        for (int d = 0; d < WIDTH; d++) {
            for (double[] row : x) {
                mean[d] += row[d] / x.length;
            }
            squares += mean[d] * mean[d];
        }
        for (int d = 0; d < WIDTH; d++) {
            mean[d] /= Math.sqrt(squares);
        }
        return mean;
    }

    private void layer(String block, double[][] x) {
        int n = x.length;
        double[][] q = new double[n][];
        double[][] k = new double[n][];
        double[][] v = new double[n][];
        for (int i = 0; i < n; i++) {
            q[i] = linear(block + "attention.self.query", x[i]);
            k[i] = linear(block + "attention.self.key", x[i]);
            v[i] = linear(block + "attention.self.value", x[i]);
        }
        for (int i = 0; i < n; i++) {
            double[] seen = new double[WIDTH];
            for (int first = 0; first < WIDTH; first += HEAD) {
                double[] weights = new double[n];
                double sum = 0;
                for (int j = 0; j < n; j++) {
                    double score = 0;
                    for (int d = first; d < first + HEAD; d++) {
                        score += q[i][d] * k[j][d];
                    }
                    weights[j] = Math.exp(score / Math.sqrt(HEAD));
                    sum += weights[j];
                }
                for (int j = 0; j < n; j++) {
                    for (int d = first; d < first + HEAD; d++) {
                        seen[d] += weights[j] / sum * v[j][d];
                    }
                }
            }
            add(x[i], linear(block + "attention.output.dense", seen));
            norm(block + "attention.output.LayerNorm", x[i]);
            double[] inner = linear(block + "intermediate.dense", x[i]);
            for (int d = 0; d < inner.length; d++) {
                inner[d] *= normal(inner[d]);
            }
            add(x[i], linear(block + "output.dense", inner));
            norm(block + "output.LayerNorm", x[i]);
        }
    }

    private static void add(double[] to, double[] what) {
        for (int d = 0; d < to.length; d++) {
            to[d] += what[d];
        }
    }

    private double[] linear(String name, double[] x) {
        float[] matrix = model.weight(name + ".weight");
        float[] bias = model.weight(name + ".bias");
        double[] y = new double[bias.length];
        for (int row = 0; row < y.length; row++) {
            y[row] = bias[row];
            for (int d = 0; d < x.length; d++) {
                y[row] += matrix[row * x.length + d] * x[d];
            }
        }
        return y;
    }

    private void norm(String name, double[] x) {
        double mean = 0;
        double variance = 0;
        for (double value : x) {
            mean += value / x.length;
        }
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        for (int d = 0; d < x.length; d++) {
            x[d] = (x[d] - mean) / Math.sqrt(variance + TinyEncoder.EPSILON) * model.weight(name + ".weight")[d]
                    + model.weight(name + ".bias")[d];
        }
    }

    /** The share of the standard normal distribution below a value, by Simpson's rule from 0. */
    private static double normal(double value) {
        int steps = 400;
        double width = value / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double at = i * width;
            int weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.exp(-at * at / 2);
        }
        return 0.5 + sum * width / 3 / Math.sqrt(2 * Math.PI);
    }
}
