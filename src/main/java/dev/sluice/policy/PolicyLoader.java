package dev.sluice.policy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Loads a folder of policy files: YAML documents are read, held against the schema, and compiled. Everything or nothing
 * is loaded. Stateless, thread-safe.
 */
public final class PolicyLoader {
    private static final int REVISION_BYTES = 6;
    private static final JsonMapper CANONICAL =
            JsonMapper.builder().enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED).build();

    private PolicyLoader() {}

    /** Loads a folder to look at, not to serve by: see {@link PolicyResources#DEFAULT}. */
    public static LoadedPolicies load(Path folder) {
        return load(folder, PolicyResources.DEFAULT);
    }

    /**
     * Loads a folder that must be there; it may be empty.
     *
     * @param resources what rules use that no policy file holds
     * @throws PolicyException if anything in it is wrong, with all errors
     */
    public static LoadedPolicies load(Path folder, PolicyResources resources) {
        Findings findings = new Findings();
        List<YamlDocument> documents = new ArrayList<>();
        for (SourceFile source : PolicyFolder.read(folder, findings)) {
            documents.addAll(YamlDocuments.parse(source, findings));
        }
        SchemaCheck check = new SchemaCheck(PolicySchema.load());
        for (YamlDocument document : documents) {
            if (document.root() != null) {
                check.check(document.root(), findings);
            }
        }
        PolicyCompiler.Documents compiled =
                new PolicyCompiler(PolicyCompiler.kinds(resources), resources, findings).compile(documents);
        if (findings.hasErrors()) {
            throw new PolicyException(findings.inFileOrder());
        }
        PolicySet set = documents.isEmpty()
                ? PolicySet.empty()
                : new PolicySet(
                        revision(documents, compiled.inputs()),
                        Collections.unmodifiableMap(compiled.policies()),
                        compiled.bindings());
        return new LoadedPolicies(set, findings.inFileOrder(), Collections.unmodifiableMap(compiled.rules()));
    }

    /**
     * Loads a folder that may be missing, as the default one may: then there are no policies.
     *
     * @throws PolicyException if anything in it is wrong, with all errors
     */
    public static LoadedPolicies loadIfPresent(Path folder) {
        return loadIfPresent(folder, PolicyResources.DEFAULT);
    }

    /** The same, to serve by. */
    public static LoadedPolicies loadIfPresent(Path folder, PolicyResources resources) {
        return Files.notExists(folder)
                ? new LoadedPolicies(PolicySet.empty(), List.of(), Map.of())
                : load(folder, resources);
    }

    /**
     * Digest of what the documents say, of the names of their files, and of the files they name. Comments, layout and the order of keys do not
     * count; the order of documents does.
     */
    private static String revision(List<YamlDocument> documents, List<String> inputs) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (YamlDocument document : documents) {
                if (document.root() != null) {
                    Path name = Path.of(document.source().name()).getFileName();
                    String content = name + "\0"
                            + CANONICAL.writeValueAsString(document.root().json()) + "\0";
                    digest.update(content.getBytes(StandardCharsets.UTF_8));
                }
            }
            inputs.forEach(input -> digest.update((input + "\0").getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest(), 0, REVISION_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
