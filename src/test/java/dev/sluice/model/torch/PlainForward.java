package dev.sluice.model.torch;

import java.util.function.DoubleUnaryOperator;

/** The families the plain way: whole sequence, no cache, double precision, each rule where it stands in the papers. */
final class PlainForward {
    private final TinyModel model;
    private final int head;

    PlainForward(TinyModel model) {
        this.model = model;
        this.head = model.head();
    }

    /** Logits behind each prefix. */
    double[][] logits(int[] tokens) {
        int n = tokens.length;
        double[][] x = new double[n][TinyModel.WIDTH];
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < TinyModel.WIDTH; c++) {
                x[i][c] = model.weight("model.embed_tokens.weight")[tokens[i] * TinyModel.WIDTH + c]
                        * (model.gemma() ? Math.sqrt(TinyModel.WIDTH) : 1);
            }
        }
        for (int layer = 0; layer < model.layers(); layer++) {
            attention(x, layer);
            feedForward(x, layer);
        }
        double[][] logits = new double[n][];
        float[] output = model.weight(model.tied() ? "model.embed_tokens.weight" : "lm_head.weight");
        for (int i = 0; i < n; i++) {
            logits[i] = times(output, norm(x[i], 0, x[i].length, model.weight("model.norm.weight")));
            if (model.type().equals("gemma2")) {
                each(logits[i], y -> TinyModel.LOGIT_CAP * Math.tanh(y / TinyModel.LOGIT_CAP));
            }
        }
        return logits;
    }

    private void attention(double[][] x, int layer) {
        int n = x.length;
        double[][] q = new double[n][];
        double[][] k = new double[n][];
        double[][] v = new double[n][];
        for (int i = 0; i < n; i++) {
            double[] h = norm(x[i], 0, x[i].length, model.weight(layer, "input_layernorm.weight"));
            q[i] = turned(projected(h, layer, "q"), layer, i);
            k[i] = turned(projected(h, layer, "k"), layer, i);
            v[i] = projected(h, layer, "v");
        }
        for (int i = 0; i < n; i++) {
            double[] o = times(model.weight(layer, "self_attn.o_proj.weight"), attended(q[i], k, v, i, layer));
            if (model.gemma()) {
                o = norm(o, 0, o.length, model.weight(layer, "post_attention_layernorm.weight"));
            }
            add(x[i], o);
        }
    }

    private void feedForward(double[][] x, int layer) {
        String before = model.gemma() ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight";
        for (double[] row : x) {
            double[] h = norm(row, 0, row.length, model.weight(layer, before));
            double[] gate = times(model.weight(layer, "mlp.gate_proj.weight"), h);
            double[] up = times(model.weight(layer, "mlp.up_proj.weight"), h);
            for (int c = 0; c < up.length; c++) {
                up[c] *= model.gemma() ? gelu(gate[c]) : gate[c] / (1 + Math.exp(-gate[c]));
            }
            double[] down = times(model.weight(layer, "mlp.down_proj.weight"), up);
            if (model.gemma()) {
                down = norm(down, 0, down.length, model.weight(layer, "post_feedforward_layernorm.weight"));
            }
            add(row, down);
        }
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /** Queries, keys or values of a position, with their bias and the norms of their heads. */
    private double[] projected(double[] h, int layer, String which) {
        double[] y = times(model.weight(layer, "self_attn." + which + "_proj.weight"), h);
        if (model.type().equals("qwen2")) {
            float[] bias = model.weight(layer, "self_attn." + which + "_proj.bias");
            for (int i = 0; i < y.length; i++) {
                y[i] += bias[i];
            }
        }
        if (model.headNorms() && !which.equals("v")) {
            float[] weight = model.weight(layer, "self_attn." + which + "_norm.weight");
            for (int from = 0; from < y.length; from += head) {
                System.arraycopy(norm(y, from, from + head, weight), 0, y, from, head);
            }
        }
        return y;
    }

    private double[] turned(double[] x, int layer, int position) {
        double[] out = x.clone();
        if (!model.turned(layer)) {
            return out;
        }
        for (int from = 0; from < x.length; from += head) {
            for (int i = 0; i < head / 2; i++) {
                double angle = position * frequency(layer, i);
                double a = x[from + i];
                double b = x[from + i + head / 2];
                out[from + i] = (a * Math.cos(angle) - b * Math.sin(angle)) * length();
                out[from + i + head / 2] = (b * Math.cos(angle) + a * Math.sin(angle)) * length();
            }
        }
        return out;
    }

    private double length() {
        return model.scaling().equals("yarn") ? 0.1 * Math.log(TinyModel.FACTOR) + 1 : 1;
    }

    private double frequency(int layer, int pair) {
        if (model.type().equals("gemma3_text") && model.windowed(layer)) {
            return Math.pow(TinyModel.LOCAL_BASE, -2.0 * pair / head);
        }
        double f = Math.pow(model.ropeBase(), -2.0 * pair / head);
        return switch (model.scaling()) {
            case "linear" -> f / TinyModel.FACTOR;
            case "llama3" -> f / llama3Divisor(f);
            case "yarn" -> yarn(f, pair);
            default -> f;
        };
    }

    /** Low factor 1, high factor 4. */
    static double llama3Divisor(double f) {
        double wave = 2 * Math.PI / f;
        if (wave < TinyModel.ORIGINAL_CONTEXT / 4.0) {
            return 1;
        }
        if (wave > TinyModel.ORIGINAL_CONTEXT) {
            return TinyModel.FACTOR;
        }
        double smooth = (TinyModel.ORIGINAL_CONTEXT / wave - 1) / 3;
        return 1 / ((1 - smooth) / TinyModel.FACTOR + smooth);
    }

    private double yarn(double f, int pair) {
        double low = Math.max(0, Math.floor(correction(32)));
        double high = Math.min(head - 1, Math.ceil(correction(1)));
        double ramp = Math.max(0, Math.min(1, (pair - low) / (high - low)));
        return f / TinyModel.FACTOR * ramp + f * (1 - ramp);
    }

    private double correction(double turns) {
        return head * Math.log(TinyModel.ORIGINAL_CONTEXT / (turns * 2 * Math.PI)) / (2 * Math.log(model.ropeBase()));
    }

    private double[] attended(double[] q, double[][] k, double[][] v, int position, int layer) {
        double[] out = new double[q.length];
        int first = model.windowed(layer) ? Math.max(0, position - model.window() + 1) : 0;
        for (int h = 0; h < TinyModel.HEADS; h++) {
            int from = h / (TinyModel.HEADS / TinyModel.KV_HEADS) * head;
            double[] weights = new double[position + 1];
            double sum = 0;
            for (int j = first; j <= position; j++) {
                double score = 0;
                for (int c = 0; c < head; c++) {
                    score += q[h * head + c] * k[j][from + c];
                }
                score /= Math.sqrt(head);
                if (model.type().equals("gemma2")) {
                    score = TinyModel.SCORE_CAP * Math.tanh(score / TinyModel.SCORE_CAP);
                }
                weights[j] = Math.exp(score);
                sum += weights[j];
            }
            for (int j = first; j <= position; j++) {
                for (int c = 0; c < head; c++) {
                    out[h * head + c] += weights[j] / sum * v[j][from + c];
                }
            }
        }
        return out;
    }

    private double[] norm(double[] x, int from, int to, float[] weight) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += x[i] * x[i];
        }
        double scale = 1 / Math.sqrt(sum / (to - from) + TinyModel.EPSILON);
        double[] out = new double[to - from];
        for (int i = 0; i < out.length; i++) {
            out[i] = x[from + i] * scale * (weight[i] + (model.gemma() ? 1 : 0));
        }
        return out;
    }

    /** A matrix of whole rows times a vector. */
    static double[] times(float[] matrix, double[] x) {
        double[] out = new double[matrix.length / x.length];
        for (int row = 0; row < out.length; row++) {
            for (int c = 0; c < x.length; c++) {
                out[row] += matrix[row * x.length + c] * x[c];
            }
        }
        return out;
    }

    /** Adds a vector to another in place. */
    static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    private static void each(double[] x, DoubleUnaryOperator change) {
        for (int i = 0; i < x.length; i++) {
            x[i] = change.applyAsDouble(x[i]);
        }
    }
}
