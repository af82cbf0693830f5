package dev.sluice.server;

import static dev.sluice.server.ApiException.badRequest;

import dev.sluice.spring.Serving;
import dev.sluice.token.ChatMessage;
import dev.sluice.token.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads {@code POST /v1/chat/completions}. */
final class ChatCall {
    private static final List<String> ROLES = List.of("system", "developer", "user", "assistant", "tool");

    private ChatCall() {}

    /** The call that a body asks for; throws {@link ApiException}. */
    static Call read(Fields fields, Serving serving, LongSupplier seeds) {
        CommonFields common = CommonFields.read(fields, serving, seeds);
        Integer logprobs = logprobs(fields);
        refuseWhatIsNotBuilt(fields);
        JsonNode messages = fields.require("messages", "an array of messages");
        fields.end();
        return new Call(
                WireForm.chat(serving.tokenizer().vocabulary()),
                List.of(serving.conversation(
                        common.toRequest(new int[0], common.maxTokens(), logprobs),
                        messages(messages),
                        common.persona())),
                common.choices(),
                common.output());
    }

    private static @Nullable Integer logprobs(Fields fields) {
        boolean wanted = fields.flag("logprobs", false);
        Integer top = fields.integer("top_logprobs", 0, 20);
        if (top != null && !wanted) {
            throw badRequest("invalid_value", "top_logprobs", "top_logprobs needs logprobs to be true");
        }
        if (!wanted) {
            return null;
        }
        return top == null ? 0 : top;
    }

    private static void refuseWhatIsNotBuilt(Fields fields) {
        fields.onlyNeutral("tools", ChatCall::isEmpty, "no tools");
        fields.onlyNeutral("functions", ChatCall::isEmpty, "no functions");
        fields.onlyNeutral("tool_choice", is("none").or(is("auto")), "\"none\"");
        fields.onlyNeutral("function_call", is("none").or(is("auto")), "\"none\"");
        fields.onlyNeutral("response_format", ChatCall::isTextFormat, "{\"type\": \"text\"}");
        fields.onlyNeutral(
                "modalities",
                node -> node.isArray() && node.size() == 1 && is("text").test(node.get(0)),
                "[\"text\"]");
        fields.onlyNeutral("reasoning_effort", is("none"), "\"none\"");
        fields.onlyNeutral("verbosity", is("medium"), "\"medium\"");
        fields.onlyNeutral("store", node -> node.isBoolean() && !node.booleanValue(), "false");
        fields.onlyNeutral("service_tier", is("auto").or(is("default")), "\"auto\"");
        for (String name : List.of("audio", "web_search_options", "moderation")) {
            fields.onlyNeutral(name, node -> false, "null");
        }
        // Of a request without tools, the first is void; the second only ever says how fast.
        fields.harmless("parallel_tool_calls", "prediction");
    }

    private static boolean isEmpty(JsonNode node) {
        return node.isContainer() && node.isEmpty();
    }

    private static boolean isTextFormat(JsonNode node) {
        return node.isObject()
                && node.size() == 1
                && node.has("type")
                && is("text").test(node.get("type"));
    }

    private static Predicate<JsonNode> is(String value) {
        return node -> node.isString() && node.stringValue().equals(value);
    }

    private static List<ChatMessage> messages(JsonNode node) {
        List<JsonNode> elements = Fields.array(node, "messages");
        if (elements.isEmpty()) {
            throw Fields.outOfRange("messages", "an array of at least 1 message", "empty");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            messages.add(message(Fields.of(elements.get(i), "messages[" + i + "]")));
        }
        return messages;
    }

    private static ChatMessage message(Fields fields) {
        String role = Fields.string(fields.require("role", "one of " + ROLES), fields.path("role"));
        if (!ROLES.contains(role)) {
            throw badRequest(
                    "unsupported_value",
                    fields.path("role"),
                    fields.path("role") + " must be one of " + ROLES + ", but is " + Fields.quote(role)
                            + Nearest.hint(role, ROLES));
        }
        String content = content(fields.require("content", "the message's text"), fields.path("content"));
        fields.harmless("tool_call_id");
        for (String name : List.of("name", "refusal", "audio", "function_call", "tool_calls", "annotations")) {
            fields.onlyNeutral(name, ChatCall::isEmpty, "null");
        }
        fields.end();
        return new ChatMessage(role.equals("developer") ? "system" : role, content);
    }

    private static String content(JsonNode node, String path) {
        if (node.isString()) {
            return node.stringValue();
        }
        if (!node.isArray()) {
            throw Fields.wrongType(path, "a string or an array of text parts", node);
        }
        StringBuilder text = new StringBuilder();
        List<JsonNode> parts = Fields.array(node, path);
        for (int i = 0; i < parts.size(); i++) {
            Fields part = Fields.of(parts.get(i), path + "[" + i + "]");
            String type = Fields.string(part.require("type", "\"text\""), part.path("type"));
            if (!type.equals("text")) {
                throw badRequest(
                        "unsupported_value",
                        part.path("type"),
                        part.path("type") + " must be \"text\", but is " + Fields.quote(type));
            }
            text.append(Fields.string(part.require("text", "the part's text"), part.path("text")));
            part.end();
        }
        return text.toString();
    }
}
