package dev.sluice.model.store;

import dev.sluice.model.store.Http.Answer;
import dev.sluice.model.store.ModelSource.HubFile;
import dev.sluice.model.store.ModelStoreException.Code;
import dev.sluice.model.store.RemoteFile.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model hub that speaks the Hugging Face API.
 *
 * <p>Which hub: {@code HF_ENDPOINT}, or the public one; {@code HF_TOKEN} goes to that host only.
 */
final class ModelHub {
    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
    private static final int MAX_LISTING_BYTES = 64 << 20;
    private static final int NAMES_SHOWN = 10;

    private final Http http;
    private final Retry retry;
    private final UnaryOperator<@Nullable String> environment;

    ModelHub(Http http, Retry retry, UnaryOperator<@Nullable String> environment) {
        this.http = http;
        this.retry = retry;
        this.environment = environment;
    }

    /**
     * The only {@code .gguf} file of a repository.
     *
     * @return the source with its file named, and with the hash that the hub lists unless it has one already
     * @throws ModelStoreException if there is none, or more than one
     */
    HubFile chooseFile(HubFile source) {
        URI listing = endpoint()
                .resolve("api/models/" + source.owner() + "/" + source.repository() + "/revision/"
                        + encoded(source.revision()) + "?blobs=true");
        JsonNode siblings = retry.run(source.toString(), listing, () -> list(listing, source.toString()));
        List<JsonNode> candidates = new ArrayList<>();
        for (JsonNode sibling : siblings) {
            if (name(sibling).endsWith(".gguf")) {
                candidates.add(sibling);
            }
        }
        if (candidates.size() != 1) {
            String names =
                    candidates.stream().limit(NAMES_SHOWN).map(ModelHub::name).collect(Collectors.joining(", "));
            throw new ModelStoreException(
                    candidates.isEmpty() ? Code.NOT_FOUND : Code.SOURCE_INVALID,
                    source + " has " + candidates.size() + " .gguf files"
                            + (names.isEmpty() ? "" : ", among them " + names)
                            + ": name one, as in hf:OWNER/REPO@REVISION:FILE");
        }
        ModelSource.parse(source + ":" + name(candidates.get(0)));
        String listed = candidates.get(0).path("lfs").path("sha256").asString("");
        String sha256 = source.sha256() != null ? source.sha256() : listed.length() == 64 ? listed : null;
        return new HubFile(source.owner(), source.repository(), source.revision(), name(candidates.get(0)), sha256);
    }

    /** Where a named file of a repository is. */
    RemoteFile locate(HubFile source, String file) {
        String path = Arrays.stream(file.split("/")).map(ModelHub::encoded).collect(Collectors.joining("/"));
        URI address = endpoint()
                .resolve(source.owner() + "/" + source.repository() + "/resolve/" + encoded(source.revision()) + "/"
                        + path);
        return new RemoteFile(address, file, -1, source.sha256(), credentials());
    }

    private JsonNode list(URI listing, String label) throws IOException {
        try (Answer answer = http.get(listing, Map.of("Accept", "application/json"), credentials())) {
            if (answer.status() != 200) {
                throw Refusals.of(answer, label);
            }
            return JsonMapper.shared()
                    .readTree(answer.body().readNBytes(MAX_LISTING_BYTES))
                    .path("siblings");
        } catch (JacksonException e) {
            throw new ModelStoreException(
                    Code.BAD_ANSWER,
                    listing.getHost() + " does not answer with the listing of a model hub: check HF_ENDPOINT",
                    e);
        }
    }

    private URI endpoint() {
        String configured = environment.apply("HF_ENDPOINT");
        String address = configured == null || configured.isBlank() ? DEFAULT_ENDPOINT : configured.strip();
        try {
            URI endpoint = URI.create(address.endsWith("/") ? address : address + "/");
            boolean web =
                    "https".equalsIgnoreCase(endpoint.getScheme()) || "http".equalsIgnoreCase(endpoint.getScheme());
            if (web && endpoint.getHost() != null && endpoint.getRawUserInfo() == null) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            // Falls through: the message must not repeat an address that may hold a secret.
        }
        throw new ModelStoreException(
                Code.SOURCE_INVALID,
                "HF_ENDPOINT is not the http or https address of a model hub, such as https://HOST");
    }

    private @Nullable Credentials credentials() {
        String token = environment.apply("HF_TOKEN");
        return token == null || token.isBlank() ? null : new Credentials(endpoint(), "Bearer " + token.strip());
    }

    private static String name(JsonNode sibling) {
        return sibling.path("rfilename").asString("");
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
