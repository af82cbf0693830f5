package dev.sluice.server;

import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceRuntime;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the list of models, which has one.
 *
 * @param runtime knows the model
 * @param created seconds since the epoch when the server started
 */
record ModelsHandler(SluiceRuntime runtime, long created) {
    /** {@code GET /v1/models}. */
    Mono<ServerResponse> list(ServerRequest request) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("object", "list").putArray("data").add(model(serving()));
        return json(root);
    }

    /** {@code GET /v1/models/{id}}. */
    Mono<ServerResponse> get(ServerRequest request) {
        Serving serving = serving();
        String id = request.pathVariable("id");
        if (!id.equals(serving.name())) {
            throw new ApiException(
                    HttpStatus.NOT_FOUND,
                    "model_not_found",
                    "model",
                    "there is no model " + Fields.quote(id) + "; this server has \"" + serving.name() + '"');
        }
        return json(model(serving));
    }

    private Serving serving() {
        return runtime.current().orElseThrow(ApiException::loading);
    }

    private ObjectNode model(Serving serving) {
        ObjectNode model = JsonNodeFactory.instance.objectNode();
        model.put("id", serving.name())
                .put("object", "model")
                .put("created", created)
                .put("owned_by", "sluice");
        model.putObject("sluice")
                .put("precision", serving.model().precision())
                .put("device", serving.model().device())
                .put("identity", serving.model().identity().toString())
                .put("context_length", serving.model().contextLength())
                .put("revision", serving.policies().revision());
        return model;
    }

    private static Mono<ServerResponse> json(ObjectNode node) {
        return ServerResponse.ok().contentType(MediaType.APPLICATION_JSON).bodyValue(node.toString());
    }
}
