package dev.sluice.server;

import static dev.sluice.server.ApiException.badRequest;

import java.io.IOException;
import java.io.InputStream;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the body of a request as one JSON value: bounded in bytes and nesting, UTF-8, no duplicate keys, nothing behind
 * it.
 */
final class RequestBody {
    private static final int NESTING = 32;
    private final JsonMapper mapper;
    private final int limit;

    /**
     * A reader.
     *
     * @param limit most bytes of a body
     */
    RequestBody(int limit) {
        this.limit = limit;
        this.mapper = JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(NESTING)
                                .maxNumberLength(100)
                                .maxNameLength(1000)
                                .maxStringLength(limit)
                                .build())
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /** The JSON value of the body; fails with an {@link ApiException}. A body too large is refused before it is read. */
    Mono<JsonNode> read(ServerRequest request) {
        MediaType type;
        try {
            type = request.headers().contentType().orElse(MediaType.APPLICATION_OCTET_STREAM);
        } catch (RuntimeException e) {
            type = MediaType.APPLICATION_OCTET_STREAM;
        }
        if (!MediaType.APPLICATION_JSON.isCompatibleWith(type)) {
            return Mono.error(new ApiException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "unsupported_media_type",
                    null,
                    "send the request with Content-Type: application/json"));
        }
        if (request.headers().contentLength().orElse(0) > limit) {
            return Mono.error(tooLarge());
        }
        return DataBufferUtils.join(request.bodyToFlux(DataBuffer.class), limit)
                .onErrorMap(DataBufferLimitException.class, e -> tooLarge())
                .map(this::parse)
                .switchIfEmpty(
                        Mono.error(() -> badRequest("invalid_json", null, "the body is empty: send a JSON object")));
    }

    private JsonNode parse(DataBuffer buffer) {
        try (InputStream in = buffer.asInputStream(true)) {
            JsonNode node = mapper.readTree(in);
            if (node.isMissingNode()) {
                throw badRequest("invalid_json", null, "the body is empty: send a JSON object");
            }
            return node;
        } catch (StreamConstraintsException e) {
            throw badRequest(
                    "invalid_json",
                    null,
                    "the body exceeds a bound of " + NESTING + " levels of nesting, 100 digits a number or 1000 "
                            + "characters a name, " + where(e));
        } catch (JacksonException e) {
            throw badRequest("invalid_json", null, "the body is no valid JSON without duplicate keys: " + where(e));
        } catch (IOException e) {
            throw badRequest("invalid_json", null, "the body could not be read");
        }
    }

    private static String where(JacksonException e) {
        TokenStreamLocation location = e.getLocation();
        return location == null
                ? "place unknown"
                : "line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private ApiException tooLarge() {
        return new ApiException(
                HttpStatus.CONTENT_TOO_LARGE,
                "request_too_large",
                null,
                "the body must be at most " + limit + " bytes");
    }
}
