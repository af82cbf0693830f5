package dev.sluice.policy;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * The JSON Schema of policy documents, the single source of their keys, values and limits. Editors may use the same
 * file.
 */
final class PolicySchema {
    private static final String RESOURCE = "policy.schema.json";
    private final Schema schema;

    private PolicySchema(Schema schema) {
        this.schema = schema;
    }

    /** Reads the schema from the class path. */
    static PolicySchema load() {
        try (InputStream in = Objects.requireNonNull(PolicySchema.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new PolicySchema(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(text, InputFormat.JSON));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything that a document violates, in no particular order. */
    List<Error> validate(JsonNode document) {
        return schema.validate(document);
    }

    /** The schema that holds the violated keyword. */
    JsonNode parentOf(Error error) {
        NodePath path = error.getSchemaLocation().getFragment();
        JsonNode node = root();
        for (int i = 0; i < path.getNameCount() - 1; i++) {
            Object element = path.getElement(i);
            node = element instanceof Integer index ? node.get(index) : node.get(element.toString());
        }
        return node;
    }

    /** The keys of the mapping that a schema describes. */
    static List<String> keys(JsonNode schema) {
        return new ArrayList<>(schema.path("properties").propertyNames());
    }

    /** The whole schema. */
    JsonNode root() {
        return schema.getSchemaNode();
    }
}
