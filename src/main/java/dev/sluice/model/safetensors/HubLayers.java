package dev.sluice.model.safetensors;

import dev.sluice.model.weights.Family;
import dev.sluice.model.weights.ModelShape.Layer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Which layers of a {@code config.json} are windowed, and which do not turn queries and keys. */
final class HubLayers {
    private static final String WINDOW = "sliding_window";

    private final JsonSettings config;
    private final Family family;
    private final int window;
    private final List<Layer> layers = new ArrayList<>();

    /**
     * Reads the layers; throws {@link dev.sluice.model.ModelFileException}.
     *
     * @param mistral whether all layers are windowed if there is a window
     */
    HubLayers(JsonSettings config, Family family, boolean mistral, int count) {
        this.config = config;
        this.family = family;
        window = window(mistral);
        boolean listed = config.has("layer_types");
        for (int layer = 0; layer < count; layer++) {
            boolean near = listed ? listedNear(layer, count) : window > 0 && near(layer, mistral);
            int rope = switch (family) {
                case GEMMA3 -> near ? 1 : 0;
                case SMOLLM3 -> turned(layer, count) ? 0 : 1;
                default -> 0;
            };
            layers.add(new Layer(rope, near));
        }
    }

    /** One entry a layer. */
    List<Layer> layers() {
        return Collections.unmodifiableList(layers);
    }

    /** Positions that a windowed layer sees; 0 where there is none. */
    int window() {
        return window;
    }

    /** The window, which must be there for a Gemma, and may be null for the other families that can have one. */
    private int window(boolean mistral) {
        boolean asked = config.bool("use_sliding_window", false);
        if (family == Family.LLAMA && !mistral) {
            if (asked) {
                throw config.bad("use_sliding_window", "false for a llama without a window of its own");
            }
            return 0;
        }
        if (family.gemma()) {
            return config.integer(WINDOW, 1, Integer.MAX_VALUE);
        }
        if (!mistral && !asked) {
            return 0;
        }
        if (config.get(WINDOW).isMissingNode()) {
            throw config.bad(WINDOW, "an integer or null");
        }
        return config.integer(WINDOW, 1, Integer.MAX_VALUE, 0);
    }

    private boolean near(int layer, boolean mistral) {
        return switch (family) {
            case LLAMA -> mistral;
            case QWEN2, QWEN3 -> layer >= config.integer("max_window_layers", 0, 1 << 20);
            case SMOLLM3 -> throw config.bad("layer_types", "a list, as the model has a sliding window");
            case GEMMA2 -> layer % 2 == 0;
            case GEMMA3 -> (layer + 1) % config.integer("sliding_window_pattern", 1, 1 << 20) != 0;
        };
    }

    private boolean listedNear(int layer, int count) {
        JsonNode types = config.get("layer_types");
        return switch (types.size() == count ? types.path(layer).asString("") : "") {
            case "sliding_attention" -> {
                if (window == 0) {
                    throw config.bad("layer_types", "full_attention throughout, as the model has no sliding window");
                }
                yield true;
            }
            case "full_attention" -> false;
            default -> throw config.bad("layer_types", "a full_attention or sliding_attention for each of " + count);
        };
    }

    private boolean turned(int layer, int count) {
        if (!config.has("no_rope_layers")) {
            return (layer + 1) % config.integer("no_rope_layer_interval", 1, 1 << 20, 4) != 0;
        }
        JsonNode turned = config.get("no_rope_layers");
        int value = turned.size() == count ? turned.path(layer).asInt(-1) : -1;
        if (value != 0 && value != 1) {
            throw config.bad("no_rope_layers", "a 0 or 1 for each of " + count);
        }
        return value == 1;
    }
}
