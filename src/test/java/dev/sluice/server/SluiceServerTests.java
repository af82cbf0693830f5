package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.engine.GenerationEvent;
import dev.sluice.model.ModelDescription;
import dev.sluice.spring.InvalidSettingException;
import dev.sluice.spring.Serving;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;

/** The service around the routes: when it is ready, whom it talks to, and what it does with clients that misbehave. */
@Timeout(60)
class SluiceServerTests {
    private static final String HI = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    private static final ScriptedEngine ENGINE = new ScriptedEngine();
    private static TestServer shared;

    @BeforeAll
    static void start() {
        shared = TestServer.ready(ENGINE, "--spring.http.codecs.max-in-memory-size=64KB");
    }

    @AfterAll
    static void stop() {
        shared.close();
    }

    @BeforeEach
    void reset() {
        ENGINE.reset();
    }

    @Test
    void while_the_model_loads_it_is_live_but_not_ready() {
        CompletableFuture<Serving> model = new CompletableFuture<>();
        ScriptedEngine engine = new ScriptedEngine();
        try (TestServer server = TestServer.start(model::get)) {
            get(server, "/livez", 200);
            get(server, "/actuator/health/liveness", 200);
            get(server, "/readyz", 503);
            get(server, "/actuator/health/readiness", 503);
            get(server, "/v1/models", 503)
                    .expectHeader()
                    .exists("Retry-After")
                    .expectBody()
                    .jsonPath("$.error.code")
                    .isEqualTo("model_loading");
            post(server, HI, 503).expectHeader().exists("Retry-After");
            model.complete(engine.serving());
            server.runtime().await();
            get(server, "/readyz", 200);
            get(server, "/actuator/health/readiness", 200);
            get(server, "/actuator/health", 200)
                    .expectBody()
                    .jsonPath("$.components.model.details.identity")
                    .isEqualTo("exact");
            get(server, "/actuator/info", 200)
                    .expectBody()
                    .jsonPath("$.sluice.model")
                    .isEqualTo("toy")
                    .jsonPath("$.sluice.revision")
                    .isEqualTo("r1")
                    .jsonPath("$.sluice.self_test.exact")
                    .isEqualTo(true)
                    .jsonPath("$.sluice.self_test.threads")
                    .isEqualTo(2)
                    .jsonPath("$.sluice.self_test.spin_count")
                    .isEqualTo(3000);
            post(server, HI, 200);
        }
    }

    @Test
    void a_failed_self_test_of_exactness_is_shown() {
        try (TestServer server =
                TestServer.start(() -> new ScriptedEngine().serving(ModelDescription.Identity.UP_TO_ROUNDING))) {
            server.runtime().await();
            get(server, "/actuator/info", 200)
                    .expectBody()
                    .jsonPath("$.sluice.identity")
                    .isEqualTo("up to rounding")
                    .jsonPath("$.sluice.self_test.exact")
                    .isEqualTo(false);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/,404,not_found",
        "GET,/v1,404,not_found",
        "POST,/v1/embeddings,404,not_found",
        "GET,/v1/chat/completions,405,method_not_allowed",
        "PUT,/v1/completions,405,method_not_allowed",
        "DELETE,/v1/models,405,method_not_allowed",
        "GET,/v1/models/other,404,model_not_found",
        "GET,/actuator/env,404,not_found"
    })
    void what_is_not_there_is_refused_in_the_same_shape(String method, String path, int status, String code) {
        shared.client()
                .method(HttpMethod.valueOf(method))
                .uri(path)
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody()
                .jsonPath("$.error.code")
                .isEqualTo(code)
                .jsonPath("$.error.message")
                .isNotEmpty()
                .jsonPath("$.error.type")
                .isEqualTo("invalid_request_error")
                .jsonPath("$.error.length()")
                .isEqualTo(4);
    }

    @Test
    void a_body_that_is_not_declared_json_is_415() {
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded")) {
            shared.client()
                    .post()
                    .uri("/v1/chat/completions")
                    .contentType(MediaType.valueOf(type))
                    .bodyValue(HI)
                    .exchange()
                    .expectStatus()
                    .isEqualTo(415)
                    .expectBody()
                    .jsonPath("$.error.code")
                    .isEqualTo("unsupported_media_type");
        }
        assertThat(exchange(
                        shared, "POST /v1/chat/completions HTTP/1.1", "Host: localhost", "Content-Type: nonsense", ""))
                .startsWith("HTTP/1.1 415");
    }

    @Test
    void ten_megabytes_are_refused_by_their_announcement_alone() throws IOException {
        assertThat(exchange(
                        shared,
                        "POST /v1/chat/completions HTTP/1.1",
                        "Host: localhost",
                        "Content-Type: application/json",
                        "Content-Length: 10485760"))
                .startsWith("HTTP/1.1 413")
                .contains("request_too_large");
    }

    @Test
    void a_body_that_grows_beyond_the_limit_is_refused_and_others_go_on() throws IOException {
        try (Socket socket = connect(shared)) {
            OutputStream out = socket.getOutputStream();
            out.write(head(
                    "POST /v1/chat/completions HTTP/1.1",
                    "Host: localhost",
                    "Content-Type: application/json",
                    "Transfer-Encoding: chunked"));
            byte[] chunk = ("10000\r\n" + " ".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            out.write(chunk);
            out.write(chunk);
            out.flush();
            assertThat(firstLine(socket.getInputStream())).startsWith("HTTP/1.1 413");
        }
        post(shared, HI, 200);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_client_that_leaves_cancels_its_generation(boolean stream) throws Exception {
        ENGINE.script(request ->
                Flux.concat(Flux.just(new GenerationEvent.Delta(0, "h", List.of())), Flux.<GenerationEvent>never()));
        String body = HI.substring(0, HI.length() - 1) + ",\"stream\":" + stream + "}";
        try (Socket socket = connect(shared)) {
            socket.getOutputStream()
                    .write(head(
                            "POST /v1/chat/completions HTTP/1.1",
                            "Host: localhost",
                            "Content-Type: application/json",
                            "Content-Length: " + body.length()));
            socket.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
            if (stream) {
                assertThat(firstLine(socket.getInputStream())).startsWith("HTTP/1.1 200");
            } else {
                while (ENGINE.requests.isEmpty()) {
                    Thread.onSpinWait();
                }
            }
            assertThat(ENGINE.cancelled().getCount()).isEqualTo(1);
        }
        assertThat(ENGINE.cancelled().await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void only_loopback_names_are_answered() {
        for (String host : List.of("localhost", "LOCALHOST:80", "127.0.0.1:9", "[::1]", "[::1]:80")) {
            assertThat(exchange(shared, "GET /v1/models HTTP/1.1", "Host: " + host, "Connection: close"))
                    .startsWith("HTTP/1.1 200");
        }
        for (String host : List.of("example.com", "127.0.0.1.example.com", "localhost.example.com:80", "10.0.0.1")) {
            assertThat(exchange(shared, "GET /v1/models HTTP/1.1", "Host: " + host, "Connection: close"))
                    .startsWith("HTTP/1.1 421")
                    .contains("host_not_allowed");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "", "192.0.2.1"})
    void a_bind_beyond_this_machine_is_refused(String address) {
        assertThatThrownBy(() -> TestServer.ready(new ScriptedEngine(), "--server.address=" + address))
                .hasRootCauseInstanceOf(InvalidSettingException.class)
                .rootCause()
                .hasMessageStartingWith("server.address must be a loopback address");
    }

    @Test
    void a_management_port_is_bound_to_this_machine_too() {
        assertThatThrownBy(() -> TestServer.ready(new ScriptedEngine(), "--management.server.port=0"))
                .hasRootCauseInstanceOf(InvalidSettingException.class);
        TestServer.ready(new ScriptedEngine(), "--management.server.port=0", "--management.server.address=127.0.0.1")
                .close();
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void neither_prompts_nor_answers_are_logged(CapturedOutput output) {
        post(shared, HI.replace("hi", "nightjar"), 200);
        post(shared, HI.replace("hi", "nightjar").replace("user", "usr"), 400);
        post(shared, HI.replace("}]", ",\"nightjar\"}]"), 400);
        assertThat(output).doesNotContain("nightjar").doesNotContain(ScriptedEngine.ANSWER);
    }

    private static WebTestClient.ResponseSpec get(TestServer server, String path, int status) {
        WebTestClient.ResponseSpec response = server.client().get().uri(path).exchange();
        response.expectStatus().isEqualTo(status);
        return response;
    }

    private static WebTestClient.ResponseSpec post(TestServer server, String body, int status) {
        WebTestClient.ResponseSpec response = server.client()
                .post()
                .uri("/v1/chat/completions")
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body)
                .exchange();
        response.expectStatus().isEqualTo(status);
        return response;
    }

    /** Sends a bare head and returns the first 4 kB of what comes back. */
    private static String exchange(TestServer server, String... lines) {
        try (Socket socket = connect(server)) {
            socket.getOutputStream().write(head(lines));
            socket.getOutputStream().flush();
            StringBuilder text = new StringBuilder();
            byte[] buffer = new byte[4096];
            int count = socket.getInputStream().read(buffer);
            while (count > 0) {
                text.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
                boolean whole = text.indexOf("}") >= 0;
                count = whole ? -1 : socket.getInputStream().read(buffer);
            }
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket connect(TestServer server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static byte[] head(String... lines) {
        return (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static String firstLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }
}
