package dev.sluice.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.engine.GenerationRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Whose request it is: those of one API key are one tenant's, those without a key another's. Keys are not checked, only
 * told apart; what is kept of one is a digest.
 */
final class Tenants {
    private Tenants() {}

    /** The tenant of a request, by its {@code Authorization} header. */
    static String of(ServerRequest request) {
        String key = request.headers().firstHeader(HttpHeaders.AUTHORIZATION);
        if (key == null) {
            return GenerationRequest.SHARED;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
