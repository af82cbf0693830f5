package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.Family;
import dev.sluice.model.weights.Rope;

/**
 * One rotary embedding of a {@code config.json}.
 *
 * @param config the whole file
 * @param base base of the frequencies
 * @param scaling the object that says how it is scaled; an empty one where it is not
 */
record HubRope(JsonSettings config, double base, JsonSettings scaling) {

    /**
     * The embedding of a kind of layer: from {@code rope_parameters}, by kind or for all, or else from {@code rope_theta}
     * and {@code rope_scaling}. The base has a default that all agree on in the older families alone.
     */
    static HubRope of(JsonSettings config, Family family, String kind) {
        if (config.has("rope_parameters")) {
            JsonSettings all = config.object("rope_parameters");
            JsonSettings own = all.has(kind) ? all.object(kind) : all;
            return new HubRope(config, own.number("rope_theta"), own);
        }
        boolean disputed = family == Family.SMOLLM3 || family == Family.GEMMA3;
        double base = disputed ? config.number("rope_theta") : config.number("rope_theta", 10_000);
        return config.has("rope_scaling")
                ? new HubRope(config, base, config.object("rope_scaling"))
                : plain(config, base);
    }

    /** An embedding that is not scaled. */
    static HubRope plain(JsonSettings config, double base) {
        return new HubRope(config, base, JsonSettings.parse(config.file(), new byte[] {'{', '}'}));
    }

    /** The frequencies for a width of heads; throws {@link ModelFileException} for a scaling that is not implemented. */
    Rope rope(int headWidth, int context) {
        if (scaling.number("partial_rotary_factor", 1) != 1) {
            throw unsupported("it turns a part of each head only (partial_rotary_factor), which is not supported");
        }
        Rope plain = Rope.plain(base, headWidth);
        String type = scaling.string("rope_type", scaling.string("type", "default"));
        return switch (type) {
            case "default" -> plain;
            case "linear" -> plain.linear(scaling.number("factor"));
            case "llama3" ->
                plain.llama3(
                        scaling.number("factor"),
                        scaling.number("low_freq_factor"),
                        scaling.number("high_freq_factor"),
                        scaling.number("original_max_position_embeddings"));
            case "yarn" -> yarn(plain, context);
            default ->
                throw unsupported("it scales its rotary embedding in the way " + type
                        + "; default, linear, llama3 and yarn are supported");
        };
    }

    private Rope yarn(Rope plain, int context) {
        if (scaling.has("mscale") || scaling.has("mscale_all_dim")) {
            throw unsupported("its YaRN scaling has mscale, which is not supported");
        }
        double factor = scaling.number("factor");
        return plain.yarn(
                factor,
                scaling.number("original_max_position_embeddings", context),
                base,
                scaling.number("beta_fast", 32),
                scaling.number("beta_slow", 1),
                scaling.bool("truncate", true),
                scaling.number("attention_factor", Rope.yarnMagnitude(factor)));
    }

    private ModelFileException unsupported(String problem) {
        return new ModelFileException(Code.UNSUPPORTED_ARCHITECTURE, config.file(), problem + "; use another model");
    }
}
