package dev.sluice.server;

import dev.sluice.engine.EngineException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** A request that gets an error in the OpenAI shape. Its message never holds text of a prompt or an answer. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final HttpStatus status;
    private final String code;
    private final @Nullable String parameter;

    ApiException(HttpStatus status, String code, @Nullable String parameter, String message) {
        super(message);
        this.status = status;
        this.code = code;
        this.parameter = parameter;
    }

    /** The caller's fault: 400. */
    static ApiException badRequest(String code, @Nullable String parameter, String message) {
        return new ApiException(HttpStatus.BAD_REQUEST, code, parameter, message);
    }

    /** The model still loads: 503. */
    static ApiException loading() {
        return new ApiException(
                HttpStatus.SERVICE_UNAVAILABLE, "model_loading", null, "the model is still loading: try again shortly");
    }

    /** What the engine refused, in the terms of the wire. */
    static ApiException of(EngineException e) {
        HttpStatus status = switch (e.code()) {
            case QUEUE_FULL -> HttpStatus.TOO_MANY_REQUESTS;
            case DEADLINE_EXCEEDED -> HttpStatus.GATEWAY_TIMEOUT;
            case CONTEXT_EXCEEDED, UNKNOWN_POLICY, UNKNOWN_DRAFTER, INVALID_VALUE -> HttpStatus.BAD_REQUEST;
            case SHUTTING_DOWN -> HttpStatus.SERVICE_UNAVAILABLE;
            case GUARD_FAILED, INTERNAL -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
        String code = switch (e.code()) {
            case CONTEXT_EXCEEDED -> "context_length_exceeded";
            case INTERNAL -> "internal_error";
            default -> e.code().name().toLowerCase(Locale.ROOT);
        };
        return new ApiException(status, code, e.parameter(), String.valueOf(e.getMessage()));
    }

    HttpStatus status() {
        return status;
    }

    String code() {
        return code;
    }

    @Nullable
    String parameter() {
        return parameter;
    }

    /** Whether the same request may succeed a moment later. */
    boolean retryable() {
        return status == HttpStatus.TOO_MANY_REQUESTS || status == HttpStatus.SERVICE_UNAVAILABLE;
    }

    /** OpenAI's coarse class of the error. */
    String type() {
        if (status == HttpStatus.TOO_MANY_REQUESTS) {
            return "rate_limit_error";
        }
        return status.is4xxClientError() ? "invalid_request_error" : "server_error";
    }
}
