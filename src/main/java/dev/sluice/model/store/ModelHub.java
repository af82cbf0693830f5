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
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
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
    private static final int MOST_FILES = 1000;
    private static final String WHOLE_WEIGHTS = "model.safetensors";
    /** The weights in several files, and the index of these. */
    private static final Pattern PARTS =
            Pattern.compile("model-\\d+-of-\\d+\\.safetensors|model\\.safetensors\\.index\\.json");

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** What a folder of safetensors files needs beside them, as far as a repository has it. */
    private static final Set<String> FOLDER_FILES = Set.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja",
            "chat_template.json");

    private final Http http;
    private final Retry retry;
    private final UnaryOperator<@Nullable String> environment;

    ModelHub(Http http, Retry retry, UnaryOperator<@Nullable String> environment) {
        this.http = http;
        this.retry = retry;
        this.environment = environment;
    }

    /**
     * The files of a repository that make up its model: its only {@code .gguf} file, or else {@code config.json},
     * what the tokenizer needs, and {@code model.safetensors}, or without that its numbered parts and their index.
     *
     * @return the source with each file named, of one commit where the hub says which, and with the hash that it lists
     *     unless the source has one already
     * @throws ModelStoreException if there is no model, or more than one
     */
    List<HubFile> chooseFiles(HubFile source) {
        URI listing = endpoint()
                .resolve("api/models/" + source.owner() + "/" + source.repository() + "/revision/"
                        + encoded(source.revision()) + "?blobs=true");
        JsonNode answer = retry.run(source.toString(), listing, () -> list(listing, source.toString()));
        List<JsonNode> single = new ArrayList<>();
        List<JsonNode> folder = new ArrayList<>();
        boolean whole = false;
        for (JsonNode sibling : answer.path("siblings")) {
            whole |= name(sibling).equals(WHOLE_WEIGHTS);
        }
        for (JsonNode sibling : answer.path("siblings")) {
            String name = name(sibling);
            if (name.endsWith(".gguf")) {
                single.add(sibling);
            }
            if (FOLDER_FILES.contains(name)
                    || (whole ? name.equals(WHOLE_WEIGHTS) : PARTS.matcher(name).matches())) {
                folder.add(sibling);
            }
        }
        boolean usable = folder.stream().anyMatch(file -> name(file).equals("config.json"))
                && folder.stream().anyMatch(file -> name(file).endsWith(".safetensors"));
        List<JsonNode> chosen = single.isEmpty() && usable ? folder : single;
        if (chosen.isEmpty() || (chosen == single && single.size() > 1) || chosen.size() > MOST_FILES) {
            String names =
                    single.stream().limit(NAMES_SHOWN).map(ModelHub::name).collect(Collectors.joining(", "));
            throw new ModelStoreException(
                    chosen.isEmpty() ? Code.NOT_FOUND : Code.SOURCE_INVALID,
                    source + " has " + single.size() + " .gguf files"
                            + (names.isEmpty()
                                    ? ", and no config.json with model.safetensors or model-N-of-M.safetensors"
                                    : ", among them " + names)
                            + ": name one, as in hf:OWNER/REPO@REVISION:FILE");
        }
        String commit = answer.path("sha").asString("");
        String revision = COMMIT.matcher(commit).matches() ? commit : source.revision();
        return chosen.stream().map(file -> named(source, revision, file)).toList();
    }

    private static HubFile named(HubFile source, String revision, JsonNode file) {
        ModelSource.parse(source + ":" + name(file));
        String listed = file.path("lfs").path("sha256").asString("");
        String sha256 = source.sha256() != null ? source.sha256() : listed.length() == 64 ? listed : null;
        return new HubFile(source.owner(), source.repository(), revision, name(file), sha256);
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
            return JsonMapper.shared().readTree(answer.body().readNBytes(MAX_LISTING_BYTES));
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
