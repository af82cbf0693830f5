package dev.sluice.model.store;

import dev.sluice.model.store.ModelStoreException.Code;
import dev.sluice.model.store.RemoteFile.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * GET over HTTP, one attempt: follows redirects itself, so that credentials never reach another origin.
 *
 * <p>Trust and proxies are the JDK's. Thread-safe.
 */
final class Http {
    private static final int MAX_REDIRECTS = 10;
    private static final Pattern SHA256 = Pattern.compile("\"?([0-9a-f]{64})\"?");

    private final HttpClient client;
    private final Duration silence;

    /**
     * An HTTP client.
     *
     * @param connect longest wait for a connection
     * @param silence longest wait for an answer to begin, and for its next byte
     */
    Http(Duration connect, Duration silence) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connect)
                .build();
        this.silence = silence;
    }

    /**
     * The answer to a GET, of whatever status, at the end of its redirects.
     *
     * @param address where it came from
     * @param response status, headers and the body, which the caller closes
     * @param linkedSha256 the hash of the file that a hub announced on the way, or null
     */
    record Answer(
            URI address,
            HttpResponse<InputStream> response,
            @Nullable String linkedSha256) implements AutoCloseable {
        int status() {
            return response.statusCode();
        }

        Optional<String> header(String name) {
            return response.headers().firstValue(name);
        }

        InputStream body() {
            return response.body();
        }

        @Override
        public void close() {
            try {
                response.body().close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    /**
     * Asks for an address.
     *
     * @throws IOException if the connection fails, breaks or is silent; worth another attempt
     * @throws ModelStoreException if another attempt would not help
     */
    Answer get(URI start, Map<String, String> headers, @Nullable Credentials credentials) throws IOException {
        URI address = start;
        String linked = null;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<InputStream> response = send(address, headers, credentials);
            if (linked == null) {
                linked = linkedSha256(response);
            }
            Optional<String> location = response.headers().firstValue("location");
            if (response.statusCode() / 100 != 3 || response.statusCode() == 304 || location.isEmpty()) {
                return new Answer(address, response, linked);
            }
            response.body().close();
            address = redirected(address, location.get());
        }
        throw new ModelStoreException(
                Code.BAD_ANSWER, "more than " + MAX_REDIRECTS + " redirects from " + start + ": check the address");
    }

    private HttpResponse<InputStream> send(URI address, Map<String, String> headers, @Nullable Credentials credentials)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(silence);
        request.setHeader("User-Agent", "sluice");
        headers.forEach(request::setHeader);
        if (credentials != null) {
            credentials.headersFor(address).forEach(request::setHeader);
        }
        try {
            return client.send(request.build(), info -> new TimedBody(silence));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelStoreException(Code.INTERRUPTED, "interrupted while asking " + address, e);
        }
    }

    private static @Nullable String linkedSha256(HttpResponse<?> response) {
        return response.headers()
                .firstValue("x-linked-etag")
                .map(SHA256::matcher)
                .filter(matcher -> matcher.matches())
                .map(matcher -> matcher.group(1))
                .orElse(null);
    }

    private static URI redirected(URI from, String location) {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new ModelStoreException(Code.BAD_ANSWER, from + " redirects to what is no address", e);
        }
        boolean web = "https".equalsIgnoreCase(to.getScheme()) || "http".equalsIgnoreCase(to.getScheme());
        boolean weaker = "https".equalsIgnoreCase(from.getScheme()) && !"https".equalsIgnoreCase(to.getScheme());
        if (!web || weaker || to.getHost() == null) {
            throw new ModelStoreException(
                    Code.BAD_ANSWER,
                    from + " redirects to an address that is not followed: " + to.getScheme() + "://" + to.getHost());
        }
        return to;
    }
}
