package dev.sluice.model.safetensors;

import dev.sluice.model.weights.Family;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.WeightCheck;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names that model hubs give tensors, as the names of GGUF files. */
final class HubNames {
    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(0|[1-9][0-9]{0,5})\\.(.+)");
    private static final String BUFFER = "self_attn.rotary_emb.inv_freq";

    private static final Map<String, String> WHOLE = Map.of(
            "model.embed_tokens.weight", WeightCheck.EMBEDDING,
            "model.norm.weight", "output_norm.weight",
            "lm_head.weight", WeightCheck.OUTPUT);

    private static final Map<String, String> PARTS = Map.ofEntries(
            Map.entry("input_layernorm.weight", "attn_norm.weight"),
            Map.entry("self_attn.q_proj.weight", "attn_q.weight"),
            Map.entry("self_attn.k_proj.weight", "attn_k.weight"),
            Map.entry("self_attn.v_proj.weight", "attn_v.weight"),
            Map.entry("self_attn.q_proj.bias", "attn_q.bias"),
            Map.entry("self_attn.k_proj.bias", "attn_k.bias"),
            Map.entry("self_attn.v_proj.bias", "attn_v.bias"),
            Map.entry("self_attn.o_proj.weight", "attn_output.weight"),
            Map.entry("self_attn.q_norm.weight", "attn_q_norm.weight"),
            Map.entry("self_attn.k_norm.weight", "attn_k_norm.weight"),
            Map.entry("mlp.gate_proj.weight", "ffn_gate.weight"),
            Map.entry("mlp.up_proj.weight", "ffn_up.weight"),
            Map.entry("mlp.down_proj.weight", "ffn_down.weight"));

    private static final List<String> PROJECTIONS = List.of(
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "mlp.gate_proj",
            "mlp.up_proj",
            "mlp.down_proj");

    private static final Map<String, String> PLAIN_NORMS = Map.of("post_attention_layernorm.weight", "ffn_norm.weight");

    private static final Map<String, String> GEMMA_NORMS = Map.of(
            "post_attention_layernorm.weight", "post_attention_norm.weight",
            "pre_feedforward_layernorm.weight", "ffn_norm.weight",
            "post_feedforward_layernorm.weight", "post_ffw_norm.weight");

    private HubNames() {}

    /** Whether the tensor is computed anew anyway, and so not read. */
    static boolean isBuffer(String name) {
        Matcher layer = LAYER.matcher(name);
        return layer.matches() && layer.group(2).equals(BUFFER);
    }

    /** The matrices that an adapter may change, by the names of their modules: the name of each in GGUF files. */
    static Map<String, String> modules(ModelShape shape) {
        Map<String, String> modules = new LinkedHashMap<>();
        for (int layer = 0; layer < shape.layers().size(); layer++) {
            for (String part : PROJECTIONS) {
                String module = "model.layers." + layer + "." + part;
                modules.put(
                        module, translated(module + ".weight", shape.family()).orElseThrow());
            }
        }
        if (!shape.storage().tied()) {
            modules.put("lm_head", WeightCheck.OUTPUT);
        }
        return modules;
    }

    /** The name in GGUF files, or nothing where the families have no such tensor. */
    static Optional<String> translated(String name, Family family) {
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches()) {
            return Optional.ofNullable(WHOLE.get(name));
        }
        String part = layer.group(2);
        Map<String, String> norms = family.gemma() ? GEMMA_NORMS : PLAIN_NORMS;
        return Optional.ofNullable(norms.getOrDefault(part, PARTS.get(part)))
                .map(known -> WeightCheck.name(Integer.parseInt(layer.group(1)), known));
    }
}
