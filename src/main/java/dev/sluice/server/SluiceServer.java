package dev.sluice.server;

import dev.sluice.spring.SluiceRuntime;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;

/** The service: the starter's first user, with the OpenAI routes in front. */
@SpringBootApplication(proxyBeanMethods = false)
public class SluiceServer {
    /** The routes of the API. */
    @Bean
    RouterFunction<ServerResponse> routes(
            SluiceRuntime runtime, Clock clock, @Value("${spring.http.codecs.max-in-memory-size}") DataSize bodyLimit) {
        RequestBody body = new RequestBody(Math.toIntExact(bodyLimit.toBytes()));
        return ApiRoutes.of(
                new CompletionsHandler(runtime, body, new SecureRandom()::nextLong, clock),
                new ModelsHandler(runtime, clock.instant().getEpochSecond()));
    }

    /** The clock that dates answers. */
    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    /** OpenAI errors on every route. */
    @Bean
    ApiErrors apiErrors() {
        return new ApiErrors();
    }

    /** Refuses to start where others than this machine could connect, and requests that name another host. */
    @Bean
    WebFilter loopbackOnly(
            @Value("${server.address:}") String address,
            @Value("${management.server.port:}") String managementPort,
            @Value("${management.server.address:}") String managementAddress) {
        LoopbackOnly.require("server.address", address);
        if (!managementPort.isEmpty()) {
            LoopbackOnly.require("management.server.address", managementAddress);
        }
        return new LoopbackOnly();
    }

    /** Down while the model loads; part of readiness, not of liveness. Tells what the model is. */
    @Bean
    ModelHealth modelHealthIndicator(SluiceRuntime runtime) {
        return new ModelHealth(runtime);
    }
}
