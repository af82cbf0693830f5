package dev.sluice.server;

import dev.sluice.engine.EngineException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Answers every failed request, on any route, with {@code {"error": {message, type, param, code}}}. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ApiErrors implements WebExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ApiErrors.class);

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            return Mono.error(failure);
        }
        ApiException error = translate(failure, exchange);
        response.setStatusCode(error.status());
        HttpHeaders headers = response.getHeaders();
        headers.clearContentHeaders();
        headers.setContentType(MediaType.APPLICATION_JSON);
        if (error.retryable()) {
            headers.set(HttpHeaders.RETRY_AFTER, "1");
        }
        if (failure instanceof MethodNotAllowedException notAllowed) {
            headers.setAllow(notAllowed.getSupportedMethods());
        }
        byte[] body = toJson(error).toString().getBytes(StandardCharsets.UTF_8);
        headers.setContentLength(body.length);
        return response.writeWith(Mono.just(response.bufferFactory().wrap(body)));
    }

    /** The error of a failure that belongs to no route of its own. */
    private static ApiException translate(Throwable failure, ServerWebExchange exchange) {
        if (failure instanceof ResponseStatusException e) {
            HttpStatus status = HttpStatus.valueOf(e.getStatusCode().value());
            String path = exchange.getRequest().getMethod() + " "
                    + exchange.getRequest().getPath().value();
            return switch (status) {
                case NOT_FOUND -> new ApiException(status, "not_found", null, "there is no " + path);
                case METHOD_NOT_ALLOWED ->
                    new ApiException(
                            status,
                            "method_not_allowed",
                            null,
                            path + " is not supported; use "
                                    + (e instanceof MethodNotAllowedException m ? m.getSupportedMethods() : "another"));
                default ->
                    new ApiException(status, status.name().toLowerCase(Locale.ROOT), null, status.getReasonPhrase());
            };
        }
        return translate(failure);
    }

    /** The error of any failure while a request is served; logs it where it is ours. */
    static ApiException translate(Throwable failure) {
        if (failure instanceof ApiException e) {
            return e;
        }
        if (failure instanceof EngineException e && e.code() != EngineException.Code.INTERNAL) {
            return ApiException.of(e);
        }
        LOG.error("a request failed by our own fault", failure);
        return new ApiException(
                HttpStatus.INTERNAL_SERVER_ERROR, "internal_error", null, "internal error: see the server's log");
    }

    /** The error object of the wire; all four members are always there. */
    static ObjectNode toJson(ApiException error) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putObject("error")
                .put("message", error.getMessage())
                .put("type", error.type())
                .put("param", error.parameter())
                .put("code", error.code());
        return root;
    }
}
