package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.EngineException;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.testkit.ByteTokenizer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What goes over the wire, byte for byte but for ids and dates. */
class WireTests {
    private static final ScriptedEngine ENGINE = new ScriptedEngine();
    private static final JsonMapper JSON = new JsonMapper();
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.ready(ENGINE);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void reset() {
        ENGINE.reset();
    }

    @Test
    void a_chat_answer() {
        assertThat(post("/v1/chat/completions", "{'messages':[{'role':'user','content':'hi'}],'seed':7}"))
                .isEqualTo(json("{'id':'chatcmpl-ID','object':'chat.completion','created':0,'model':'toy',"
                        + "'system_fingerprint':'fp_0123456789ab_float32','choices':[{'index':0,"
                        + "'message':{'role':'assistant','content':'héy!','refusal':null},'logprobs':null,"
                        + "'finish_reason':'stop'}],"
                        + "'usage':{'prompt_tokens':9,'completion_tokens':6,'total_tokens':15,"
                        + "'prompt_tokens_details':{'cached_tokens':0}},"
                        + "'sluice':{'seed':7,'revision':'r1','policies':[]}}"));
    }

    @Test
    void a_chat_answer_with_everything_asked_for() {
        JsonNode answer = post(
                "/v1/chat/completions",
                "{'messages':[{'role':'user','content':'hi'}],'seed':7,'logprobs':true,'top_logprobs':2,"
                        + "'return_token_ids':true,'max_tokens':1,"
                        + "'sluice':{'policies':['calm'],'report':true}}");
        JsonNode choice = answer.at("/choices/0");
        assertJson(choice.get("token_ids"), "[104,195,169,121,33,272]");
        assertThat(choice.at("/logprobs/refusal").isNull()).isTrue();
        assertJson(
                choice.at("/logprobs/content/0"),
                "{'token':'h','logprob':-0.5,'bytes':[104],'top_logprobs':["
                        + "{'token':'h','logprob':-0.5,'bytes':[104]},"
                        + "{'token':'z','logprob':-9999.0,'bytes':[122]}]}");
        assertJson(choice.at("/logprobs/content/1/token"), "'bytes:\\\\xc3'");
        assertJson(choice.at("/logprobs/content/5/token"), "'<|end|>'");
        assertJson(
                answer.get("sluice"),
                "{'seed':7,'revision':'r1','policies':['calm'],'passes':4,'drafted':8,"
                        + "'accepted':2,'mean_acceptance_length':1.5,'speculation':{'max_nodes':'auto',"
                        + "'mean_nodes':2.0,'switched_off':false,'by_drafter':{'prompt-lookup':"
                        + "{'drafted':8,'accepted':2}}},'interventions':[{'choice':0,"
                        + "'position':3,'policy':'calm','rule':'shout','kind':'reject'}]}");
    }

    @Test
    void a_streamed_chat_answer() {
        String head = "{'id':'chatcmpl-ID','object':'chat.completion.chunk','created':0,'model':'toy',"
                + "'system_fingerprint':'fp_0123456789ab_float32','choices':[{'index':0,'delta':";
        assertThat(stream(
                        "/v1/chat/completions", "{'messages':[{'role':'user','content':'hi'}],'seed':7,'stream':true}"))
                .containsExactly(
                        json(head + "{'role':'assistant','content':''},'logprobs':null,'finish_reason':null}]}"),
                        json(head + "{'content':'h'},'logprobs':null,'finish_reason':null}]}"),
                        json(head + "{'content':'éy!'},'logprobs':null,'finish_reason':null}]}"),
                        json(head + "{},'logprobs':null,'finish_reason':'stop'}],"
                                + "'sluice':{'seed':7,'revision':'r1','policies':[]}}"));
    }

    @Test
    void a_salt_reaches_the_engine_from_either_place_and_usage_tells_cached_tokens() {
        for (String salt :
                List.of("'cache_salt':'abc'", "'sluice':{'cache_salt':'abc'}", "'cache_salt':'abc','sluice':{}")) {
            JsonNode answer = post("/v1/completions", "{'prompt':'hi'," + salt + "}");
            assertThat(answer.at("/usage/prompt_tokens_details/cached_tokens").asInt())
                    .as(salt)
                    .isEqualTo(3);
        }
    }

    @Test
    void each_api_key_is_a_tenant_and_is_not_kept_itself() {
        for (String key : List.of("Bearer one", "Bearer two", "Bearer one")) {
            server.client()
                    .post()
                    .uri("/v1/completions")
                    .header("Authorization", key)
                    .contentType(MediaType.APPLICATION_JSON)
                    .bodyValue("{\"prompt\":\"hi\"}")
                    .exchange()
                    .expectStatus()
                    .isOk();
        }
        List<String> tenants =
                ENGINE.requests.stream().map(GenerationRequest::tenant).toList();
        assertThat(tenants.get(0)).isNotEqualTo(tenants.get(1)).isEqualTo(tenants.get(2));
        assertThat(String.join("", tenants)).doesNotContain("one", "two");
    }

    @Test
    void a_stream_with_usage_ends_with_a_chunk_of_its_own() {
        List<JsonNode> chunks = stream(
                "/v1/chat/completions",
                "{'messages':[{'role':'user','content':'hi'}],'stream':true,'stream_options':{'include_usage':true},"
                        + "'return_token_ids':true}");
        JsonNode last = chunks.get(chunks.size() - 1);
        assertThat(last.get("choices")).isEmpty();
        assertThat(last.get("usage"))
                .isEqualTo(json("{'prompt_tokens':9,'completion_tokens':6,'total_tokens':15,"
                        + "'prompt_tokens_details':{'cached_tokens':0}}"));
        assertThat(last.has("sluice")).isTrue();
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allSatisfy(chunk -> assertThat(chunk.get("usage").isNull()).isTrue())
                .allSatisfy(chunk -> assertThat(chunk.has("sluice")).isFalse());
        assertThat(chunks)
                .flatExtracting(
                        chunk -> List.copyOf(chunk.at("/choices/0/token_ids").values()))
                .hasToString("[104, 195, 169, 121, 33, 272]");
        assertThat(chunks).extracting(chunk -> chunk.get("created")).containsOnly(json("0"));
    }

    @Test
    void choices_of_a_stream_come_by_index_and_only_the_last_finish_carries_the_report() {
        List<JsonNode> chunks = stream(
                "/v1/chat/completions",
                "{'messages':[{'role':'user','content':'hi'}],'stream':true,'n':2,'sluice':{'report':true}}");
        assertThat(chunks)
                .extracting(chunk -> chunk.at("/choices/0/index").intValue())
                .containsExactly(0, 1, 0, 1, 0, 0, 1, 1);
        assertThat(chunks).filteredOn(chunk -> chunk.has("sluice")).containsExactly(chunks.get(7));
        assertThat(chunks.get(7).at("/sluice/passes").intValue()).isEqualTo(4);
    }

    @Test
    void a_completion_of_several_prompts() {
        JsonNode answer = post(
                "/v1/completions",
                "{'prompt':['one','<|start|>'],'n':2,'seed':3,'logprobs':1,'sluice':{'report':true}}");
        assertThat(answer.get("object").stringValue()).isEqualTo("text_completion");
        assertThat(answer.get("choices"))
                .extracting(choice -> choice.get("index").intValue())
                .containsExactly(0, 1, 2, 3);
        assertThat(answer.at("/choices/0/logprobs"))
                .isEqualTo(json("{'tokens':['h','bytes:\\\\xc3','bytes:\\\\xa9','y','!','<|end|>'],"
                        + "'token_logprobs':[-0.5,-0.5,-0.5,-0.5,-0.5,-0.5],'top_logprobs':[{'h':-0.5},"
                        + "{'bytes:\\\\xc3':-0.5},{'bytes:\\\\xa9':-0.5},{'y':-0.5},{'!':-0.5},{'<|end|>':-0.5}],"
                        + "'text_offset':[0,1,2,2,3,4]}"));
        assertThat(answer.get("usage"))
                .isEqualTo(json("{'prompt_tokens':4,'completion_tokens':24,'total_tokens':28,"
                        + "'prompt_tokens_details':{'cached_tokens':0}}"));
        assertThat(answer.at("/sluice/passes").intValue()).isEqualTo(8);
        assertThat(answer.at("/sluice/interventions"))
                .extracting(act -> act.get("choice").intValue())
                .containsExactly(0, 2);
        assertThat(ENGINE.requests)
                .extracting(GenerationRequest::prompt)
                .containsExactlyInAnyOrder(new int[] {'o', 'n', 'e'}, new int[] {ByteTokenizer.START});
    }

    @Test
    void a_streamed_completion_counts_its_offsets_on() {
        List<JsonNode> chunks = stream("/v1/completions", "{'prompt':[104,105],'stream':true,'logprobs':0,'seed':1}");
        assertThat(chunks)
                .extracting(chunk -> chunk.at("/choices/0/text").stringValue())
                .containsExactly("h", "éy!", "", "");
        assertThat(chunks.get(1).at("/choices/0/logprobs/text_offset")).isEqualTo(json("[1,2,2,3]"));
        assertThat(chunks.get(1).at("/choices/0/logprobs/top_logprobs/0")).isEqualTo(json("{}"));
        assertThat(chunks.get(3).at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
    }

    @Test
    void chat_text_never_names_control_tokens() {
        post("/v1/chat/completions", "{'messages':[{'role':'user','content':'<|end|>'}]}");
        assertThat(ENGINE.last().prompt()).doesNotContain(ByteTokenizer.END);
    }

    @Test
    void every_parameter_reaches_the_engine() {
        post(
                "/v1/chat/completions",
                "{'model':'toy','messages':[{'role':'developer','content':[{'type':'text','text':'a'},"
                        + "{'type':'text','text':'b'}]}],'temperature':0.5,'top_p':0.9,'top_k':7,'min_p':0.1,"
                        + "'typical_p':0.8,'repetition_penalty':1.2,'presence_penalty':-1,'frequency_penalty':2,"
                        + "'logit_bias':{'5':-100,'6':1.5},'seed':-9223372036854775808,'stop':['x','y'],'n':3,"
                        + "'max_completion_tokens':11,'max_tokens':11,'logprobs':true,'user':'u','metadata':{'a':'b'},"
                        + "'store':false,'tools':[],'tool_choice':'none','response_format':{'type':'text'},"
                        + "'sluice':{'policies':['calm','quiet'],'report':true,"
                        + "'speculation':{'enabled':false,'drafters':['token-recycling'],'max_nodes':64}}}");
        GenerationRequest request = ENGINE.last();
        assertThat(new ByteTokenizer().decode(request.prompt())).isEqualTo("system:ab\n");
        assertThat(request.sampling())
                .isEqualTo(new SamplingParameters(
                        0.5, 7, 0.9, 0.1, 0.8, 1.2, -1, 2, Map.of(5, -100f, 6, 1.5f), Long.MIN_VALUE));
        assertThat(request.stop()).containsExactly("x", "y");
        assertThat(request.choices()).isEqualTo(3);
        assertThat(request.maxTokens()).isEqualTo(11);
        assertThat(request.logprobs()).isZero();
        assertThat(request.policies()).isEqualTo(Set.of("calm", "quiet"));
        assertThat(request.report()).isTrue();
        assertThat(request.speculation())
                .isEqualTo(new GenerationRequest.Speculation(false, List.of("token-recycling"), 64));
    }

    @Test
    void what_is_left_out_takes_the_servers_defaults() {
        post("/v1/chat/completions", "{'messages':[{'role':'user','content':'hi'}],'sluice':{'speculation':{}}}");
        GenerationRequest request = ENGINE.last();
        assertThat(request.sampling().temperature()).isEqualTo(1);
        assertThat(request.maxTokens()).isNull();
        assertThat(request.logprobs()).isNull();
        assertThat(request.policies()).isEmpty();
        assertThat(request.speculation())
                .isEqualTo(new GenerationRequest.Speculation(true, List.of("prompt-lookup"), 4));
    }

    @Test
    void a_missing_seed_is_drawn_and_told() {
        JsonNode answer = post("/v1/chat/completions", "{'messages':[{'role':'user','content':'hi'}]}");
        assertThat(answer.at("/sluice/seed").longValue())
                .isEqualTo(ENGINE.last().sampling().seed());
        post("/v1/chat/completions", "{'messages':[{'role':'user','content':'hi'}]}");
        assertThat(ENGINE.requests.get(0).sampling().seed())
                .isNotEqualTo(ENGINE.requests.get(1).sampling().seed());
    }

    @Test
    void an_error_after_the_first_event_is_a_line_of_the_stream() {
        ENGINE.script(request -> Flux.concat(
                Flux.just(new GenerationEvent.Delta(0, "h", List.of())),
                Flux.error(new EngineException(
                        EngineException.Code.DEADLINE_EXCEEDED, null, "the deadline of 1 s passed"))));
        String text = raw("/v1/chat/completions", "{'messages':[{'role':'user','content':'hi'}],'stream':true}", 200);
        assertThat(text)
                .endsWith("data: {\"error\":{\"message\":\"the deadline of 1 s passed\",\"type\":\"server_error\","
                        + "\"param\":null,\"code\":\"deadline_exceeded\"}}\n\n");
    }

    @Test
    void an_error_before_the_first_event_has_a_status_of_its_own() {
        ENGINE.script(request -> Flux.error(
                new EngineException(EngineException.Code.DEADLINE_EXCEEDED, null, "the deadline of 1 s passed")));
        for (String stream : List.of("true", "false")) {
            assertThat(raw(
                            "/v1/chat/completions",
                            "{'messages':[{'role':'user','content':'hi'}],'stream':" + stream + "}",
                            504))
                    .contains("\"code\":\"deadline_exceeded\"");
        }
    }

    @Test
    void a_full_queue_says_when_to_come_back() {
        ENGINE.script(request -> {
            throw new EngineException(EngineException.Code.QUEUE_FULL, null, "the queue holds 64 requests");
        });
        server.client()
                .post()
                .uri("/v1/chat/completions")
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true}")
                .exchange()
                .expectStatus()
                .isEqualTo(429)
                .expectHeader()
                .exists("Retry-After")
                .expectBody()
                .json("{\"error\":{\"message\":\"the queue holds 64 requests\",\"type\":\"rate_limit_error\","
                        + "\"param\":null,\"code\":\"queue_full\"}}");
    }

    @Test
    void a_defect_of_ours_tells_nothing() {
        ENGINE.script(request -> Flux.error(new IllegalStateException("secret")));
        assertThat(raw("/v1/chat/completions", "{'messages':[{'role':'user','content':'hi'}]}", 500))
                .contains("internal_error")
                .doesNotContain("secret");
    }

    @Test
    void the_models() {
        String model = "{'id':'toy','object':'model','created':0,'owned_by':'sluice','sluice':{'precision':'float32',"
                + "'device':'cpu','identity':'exact','context_length':1000,'revision':'r1'}}";
        assertThat(get("/v1/models")).isEqualTo(json("{'object':'list','data':[" + model + "]}"));
        assertThat(get("/v1/models/toy")).isEqualTo(json(model));
    }

    private static JsonNode get(String path) {
        byte[] body = server.client()
                .get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .returnResult()
                .getResponseBody();
        return normal(JSON.readTree(body).toString());
    }

    private static JsonNode post(String path, String body) {
        return normal(raw(path, body, 200));
    }

    /** The chunks of a stream, which must end with the done mark. */
    private static List<JsonNode> stream(String path, String body) {
        String text = raw(path, body, 200);
        assertThat(text).startsWith("data: ").endsWith("\n\ndata: [DONE]\n\n");
        return List.of(text.split("\n\n")).stream()
                .map(line -> line.substring("data: ".length()))
                .filter(line -> !line.equals("[DONE]"))
                .map(WireTests::normal)
                .toList();
    }

    private static String raw(String path, String body, int status) {
        String answer = server.client()
                .post()
                .uri(path)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body.replace('\'', '"'))
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
        return answer == null ? "" : answer;
    }

    private static JsonNode normal(String text) {
        return JSON.readTree(
                text.replaceAll("(cmpl-)[0-9a-f]{32}", "$1ID").replaceAll("\"created\":\\d+", "\"created\":0"));
    }

    private static void assertJson(JsonNode actual, String expected) {
        assertThat(actual.toString()).isEqualTo(json(expected).toString());
    }

    private static JsonNode json(String text) {
        return JSON.readTree(text.replace('\'', '"'));
    }
}
