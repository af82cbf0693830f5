package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever is wrong with a request is told by name and code, and never reaches the engine. */
class BadInputTests {
    private static final String CHAT = "/v1/chat/completions";
    private static final String PLAIN = "/v1/completions";
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

    static Stream<Arguments> bodies() {
        return Stream.of(
                body(CHAT, "", "invalid_json", null),
                body(CHAT, "   ", "invalid_json", null),
                body(CHAT, "{", "invalid_json", null),
                body(CHAT, "{'messages':[}", "invalid_json", null),
                body(CHAT, "{} {}", "invalid_json", null),
                body(CHAT, "{'n':1,'n':1}", "invalid_json", null),
                body(CHAT, "{'temperature':NaN}", "invalid_json", null),
                body(CHAT, "[".repeat(5000), "invalid_json", null),
                body(CHAT, "{'seed':" + "9".repeat(5000) + "}", "invalid_json", null),
                body(CHAT, "[]", "invalid_type", null),
                body(CHAT, "null", "invalid_type", null),
                body(CHAT, "7", "invalid_type", null),
                body(CHAT, "{}", "missing_field", "messages"),
                body(CHAT, "{'messages':null}", "missing_field", "messages"),
                body(CHAT, "{'messages':'hi'}", "invalid_type", "messages"),
                body(CHAT, "{'messages':[]}", "out_of_range", "messages"),
                body(CHAT, "{'messages':['hi']}", "invalid_type", "messages[0]"),
                body(CHAT, "{'messages':[{'content':'hi'}]}", "missing_field", "messages[0].role"),
                body(CHAT, "{'messages':[{'role':'user'}]}", "missing_field", "messages[0].content"),
                body(CHAT, "{'messages':[{'role':7,'content':'a'}]}", "invalid_type", "messages[0].role"),
                body(CHAT, "{'messages':[{'role':'usr','content':'a'}]}", "unsupported_value", "messages[0].role"),
                body(CHAT, "{'messages':[{'role':'user','content':7}]}", "invalid_type", "messages[0].content"),
                body(
                        CHAT,
                        message("'content':[{'type':'image_url'}]"),
                        "unsupported_value",
                        "messages[0].content[0].type"),
                body(CHAT, message("'content':[{'type':'text'}]"), "missing_field", "messages[0].content[0].text"),
                body(CHAT, message("'content':'" + "x".repeat(1100) + "'"), "context_length_exceeded", "messages"),
                body(PLAIN, "{'prompt':'" + "x".repeat(1100) + "'}", "context_length_exceeded", "prompt"),
                body(CHAT, message("'content':['a']"), "invalid_type", "messages[0].content[0]"),
                body(CHAT, message("'content':'a','nme':'b'"), "unknown_field", "messages[0].nme"),
                body(CHAT, message("'content':'a','name':'b'"), "unsupported_value", "messages[0].name"),
                chat("'temprature':1", "unknown_field", "temprature"),
                chat("'temperature':'hot'", "invalid_type", "temperature"),
                chat("'temperature':-0.1", "out_of_range", "temperature"),
                chat("'temperature':2.1", "out_of_range", "temperature"),
                chat("'temperature':1e999", "out_of_range", "temperature"),
                chat("'top_p':0", "out_of_range", "top_p"),
                chat("'top_p':1.01", "out_of_range", "top_p"),
                chat("'top_p':[]", "invalid_type", "top_p"),
                chat("'top_k':-1", "out_of_range", "top_k"),
                chat("'top_k':1.5", "invalid_type", "top_k"),
                chat("'min_p':2", "out_of_range", "min_p"),
                chat("'typical_p':0", "out_of_range", "typical_p"),
                chat("'repetition_penalty':0", "out_of_range", "repetition_penalty"),
                chat("'presence_penalty':-3", "out_of_range", "presence_penalty"),
                chat("'frequency_penalty':3", "out_of_range", "frequency_penalty"),
                chat("'logit_bias':[]", "invalid_type", "logit_bias"),
                chat("'logit_bias':{'x':1}", "out_of_range", "logit_bias"),
                chat("'logit_bias':{'-1':1}", "out_of_range", "logit_bias"),
                chat("'logit_bias':{'99999':1}", "out_of_range", "logit_bias"),
                chat("'logit_bias':{'99999999999999':1}", "out_of_range", "logit_bias"),
                chat("'logit_bias':{'5':101}", "out_of_range", "logit_bias.5"),
                chat("'logit_bias':{'5':'a'}", "invalid_type", "logit_bias.5"),
                chat("'seed':'a'", "invalid_type", "seed"),
                chat("'seed':1.5", "invalid_type", "seed"),
                chat("'seed':9223372036854775808", "out_of_range", "seed"),
                chat("'stop':7", "invalid_type", "stop"),
                chat("'stop':''", "out_of_range", "stop"),
                chat("'stop':['']", "out_of_range", "stop[0]"),
                chat("'stop':[7]", "invalid_type", "stop[0]"),
                chat("'stop':['a'" + ",'a'".repeat(16) + "]", "out_of_range", "stop"),
                chat("'n':0", "out_of_range", "n"),
                chat("'n':129", "out_of_range", "n"),
                chat("'n':true", "invalid_type", "n"),
                chat("'max_tokens':0", "out_of_range", "max_tokens"),
                chat("'max_tokens':'9'", "invalid_type", "max_tokens"),
                chat("'max_tokens':99999999999", "out_of_range", "max_tokens"),
                chat("'max_completion_tokens':-5", "out_of_range", "max_completion_tokens"),
                chat("'max_tokens':5,'max_completion_tokens':6", "invalid_value", "max_completion_tokens"),
                chat("'stream':'yes'", "invalid_type", "stream"),
                chat("'stream_options':{'include_usage':true}", "invalid_value", "stream_options"),
                chat("'stream':true,'stream_options':7", "invalid_type", "stream_options"),
                chat("'stream':true,'stream_options':{'usage':true}", "unknown_field", "stream_options.usage"),
                chat("'logprobs':1", "invalid_type", "logprobs"),
                chat("'top_logprobs':2", "invalid_value", "top_logprobs"),
                chat("'logprobs':true,'top_logprobs':21", "out_of_range", "top_logprobs"),
                chat("'return_token_ids':1", "invalid_type", "return_token_ids"),
                chat("'model':7", "invalid_type", "model"),
                chat("'tools':[{'type':'function'}]", "unsupported_value", "tools"),
                chat("'tool_choice':'required'", "unsupported_value", "tool_choice"),
                chat("'functions':[{}]", "unsupported_value", "functions"),
                chat("'response_format':{'type':'json_object'}", "unsupported_value", "response_format"),
                chat("'modalities':['text','audio']", "unsupported_value", "modalities"),
                chat("'audio':{}", "unsupported_value", "audio"),
                chat("'store':true", "unsupported_value", "store"),
                chat("'service_tier':'flex'", "unsupported_value", "service_tier"),
                chat("'reasoning_effort':'high'", "unsupported_value", "reasoning_effort"),
                chat("'prompt':'a'", "unknown_field", "prompt"),
                chat("'cache_salt':7", "invalid_type", "cache_salt"),
                chat("'cache_salt':''", "out_of_range", "cache_salt"),
                chat("'sluice':{'cache_salt':'" + "s".repeat(257) + "'}", "out_of_range", "sluice.cache_salt"),
                chat("'cache_salt':'a','sluice':{'cache_salt':'b'}", "invalid_value", "sluice.cache_salt"),
                chat("'sluice':true", "invalid_type", "sluice"),
                chat("'sluice':{'polices':[]}", "unknown_field", "sluice.polices"),
                chat("'sluice':{'policies':'calm'}", "invalid_type", "sluice.policies"),
                chat("'sluice':{'policies':['clam']}", "unknown_policy", "sluice.policies"),
                chat("'sluice':{'policies':[7]}", "invalid_type", "sluice.policies[0]"),
                chat("'sluice':{'report':'yes'}", "invalid_type", "sluice.report"),
                chat("'sluice':{'speculation':[]}", "invalid_type", "sluice.speculation"),
                chat("'sluice':{'speculation':{'max_nodes':65}}", "out_of_range", "sluice.speculation.max_nodes"),
                chat("'sluice':{'speculation':{'max_nodes':-1}}", "out_of_range", "sluice.speculation.max_nodes"),
                chat("'sluice':{'speculation':{'max_nodes':'all'}}", "invalid_type", "sluice.speculation.max_nodes"),
                chat("'sluice':{'speculation':{'enabled':1}}", "invalid_type", "sluice.speculation.enabled"),
                chat("'sluice':{'speculation':{'drafters':['x']}}", "unknown_drafter", "sluice.speculation.drafters"),
                chat("'sluice':{'speculation':{'nodes':1}}", "unknown_field", "sluice.speculation.nodes"),
                body(PLAIN, "{}", "missing_field", "prompt"),
                body(PLAIN, "{'prompt':{}}", "invalid_type", "prompt"),
                body(PLAIN, "{'prompt':''}", "out_of_range", "prompt"),
                body(PLAIN, "{'prompt':[]}", "out_of_range", "prompt"),
                body(PLAIN, "{'prompt':['a',7]}", "invalid_type", "prompt[1]"),
                body(PLAIN, "{'prompt':[1,'a']}", "invalid_type", "prompt[1]"),
                body(PLAIN, "{'prompt':[-1]}", "out_of_range", "prompt[0]"),
                body(PLAIN, "{'prompt':[273]}", "out_of_range", "prompt[0]"),
                body(PLAIN, "{'prompt':[1" + ",1".repeat(1000) + "]}", "context_length_exceeded", "prompt"),
                body(PLAIN, "{'prompt':[1.5]}", "invalid_type", "prompt[0]"),
                body(PLAIN, "{'prompt':[[1],[]]}", "out_of_range", "prompt[1]"),
                body(PLAIN, "{'prompt':['a'" + ",'a'".repeat(64) + "]}", "out_of_range", "prompt"),
                body(PLAIN, "{'prompt':['a','b'],'n':65}", "out_of_range", "n"),
                body(PLAIN, "{'prompt':'a','echo':true}", "unsupported_value", "echo"),
                body(PLAIN, "{'prompt':'a','suffix':'b'}", "unsupported_value", "suffix"),
                body(PLAIN, "{'prompt':'a','best_of':2}", "unsupported_value", "best_of"),
                body(PLAIN, "{'prompt':'a','best_of':99999999999}", "unsupported_value", "best_of"),
                body(
                        PLAIN,
                        "{'prompt':'a','max_tokens':2,'max_completion_tokens':3}",
                        "invalid_value",
                        "max_completion_tokens"),
                body(PLAIN, "{'prompt':'a','logprobs':true}", "invalid_type", "logprobs"),
                body(PLAIN, "{'prompt':'a','logprobs':21}", "out_of_range", "logprobs"),
                body(PLAIN, "{'prompt':'a','messages':[]}", "unknown_field", "messages"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("bodies")
    void a_bad_body_is_400_with_code_and_parameter(String path, String body, String code, String parameter) {
        ENGINE.reset();
        JsonNode error = post(path, body, 400);
        assertThat(error.propertyNames()).containsExactly("message", "type", "param", "code");
        assertThat(error.get("code").stringValue()).isEqualTo(code);
        assertThat(error.get("param").isNull() ? null : error.get("param").stringValue())
                .isEqualTo(parameter);
        assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
        assertThat(error.get("message").stringValue()).isNotBlank();
        assertThat(ENGINE.requests).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("suggestions")
    void a_misspelt_name_gets_a_suggestion(String member, String suggestion) {
        JsonNode error = post(CHAT, "{'messages':[{'role':'user','content':'hi'}]," + member + "}", 400);
        assertThat(error.get("message").stringValue()).endsWith("did you mean \"" + suggestion + "\"?");
    }

    static Stream<Arguments> suggestions() {
        return Stream.of(
                Arguments.of("'temprature':1", "temperature"),
                Arguments.of("'max_token':1", "max_tokens"),
                Arguments.of("'sluice':{'polices':[]}", "policies"),
                Arguments.of("'sluice':{'policies':['clam']}", "calm"));
    }

    @ParameterizedTest
    @MethodSource("unknownModels")
    void an_unknown_model_is_404(String path, String body) {
        JsonNode error = post(path, body, 404);
        assertThat(error.get("code").stringValue()).isEqualTo("model_not_found");
        assertThat(error.get("param").stringValue()).isEqualTo("model");
    }

    static Stream<Arguments> unknownModels() {
        return Stream.of(
                Arguments.of(CHAT, "{'model':'gpt-4','messages':[{'role':'user','content':'hi'}]}"),
                Arguments.of(PLAIN, "{'model':'gpt-4','prompt':'hi'}"));
    }

    private static JsonNode post(String path, String body, int status) {
        byte[] answer = server.client()
                .post()
                .uri(path)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body.replace('\'', '"'))
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody()
                .returnResult()
                .getResponseBody();
        return JSON.readTree(answer).get("error");
    }

    private static Arguments body(String path, String body, String code, String parameter) {
        return Arguments.of(path, body, code, parameter);
    }

    private static Arguments chat(String member, String code, String parameter) {
        return body(CHAT, "{'messages':[{'role':'user','content':'hi'}]," + member + "}", code, parameter);
    }

    private static String message(String members) {
        return "{'messages':[{'role':'user'," + members + "}]}";
    }
}
