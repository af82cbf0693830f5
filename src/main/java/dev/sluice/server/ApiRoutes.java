package dev.sluice.server;

import static org.springframework.web.reactive.function.server.RequestPredicates.method;
import static org.springframework.web.reactive.function.server.RequestPredicates.path;
import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import java.util.List;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.MethodNotAllowedException;
import reactor.core.publisher.Mono;

/** The map of the API: which path and method belong to whom. */
final class ApiRoutes {
    private ApiRoutes() {}

    static RouterFunction<ServerResponse> of(CompletionsHandler completions, ModelsHandler models) {
        return only(HttpMethod.POST, "/v1/chat/completions", completions::chat)
                .and(only(HttpMethod.POST, "/v1/completions", completions::completion))
                .and(only(HttpMethod.GET, "/v1/models", models::list))
                .and(only(HttpMethod.GET, "/v1/models/{id}", models::get));
    }

    /** A path with one method; any other is refused with 405. */
    private static RouterFunction<ServerResponse> only(
            HttpMethod method, String path, HandlerFunction<ServerResponse> handler) {
        return route(path(path).and(method(method)), handler)
                .andRoute(
                        path(path),
                        request -> Mono.error(new MethodNotAllowedException(request.method(), List.of(method))));
    }
}
