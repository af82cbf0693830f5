package dev.sluice.server;

import static dev.sluice.server.ApiException.badRequest;

import dev.sluice.engine.GenerationRequest;
import dev.sluice.spring.Serving;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/** Reads {@code POST /v1/completions}. Names of control tokens in a prompt string are those tokens. */
final class CompletionCall {
    private static final int MOST_PROMPTS = 64;

    private CompletionCall() {}

    /** The call that a body asks for; throws {@link ApiException}. */
    static Call read(Fields fields, Serving serving, LongSupplier seeds) {
        CommonFields common = CommonFields.read(fields, serving, seeds);
        Integer logprobs = fields.integer("logprobs", 0, 20);
        int choices = common.choices();
        fields.onlyNeutral("echo", node -> node.isBoolean() && !node.booleanValue(), "false");
        fields.onlyNeutral(
                "suffix", node -> node.isString() && node.stringValue().isEmpty(), "null");
        fields.onlyNeutral(
                "best_of", node -> node.canConvertToInt() && node.intValue() == choices, "the same value as n");
        JsonNode prompt = fields.require("prompt", "a string, strings, token ids or arrays of token ids");
        fields.end();
        if (!common.persona().isEmpty()) {
            throw badRequest(
                    "invalid_value", "sluice.persona", "personas judge conversations only; use /v1/chat/completions");
        }
        List<GenerationRequest> requests = new ArrayList<>();
        for (int[] tokens : prompts(prompt, serving)) {
            requests.add(common.toRequest(tokens, common.maxTokens(), logprobs));
        }
        if (requests.size() * choices > CommonFields.MOST_CHOICES) {
            throw Fields.outOfRange(
                    "n",
                    "such that prompts times n is at most " + CommonFields.MOST_CHOICES,
                    requests.size() + " times " + choices);
        }
        return new Call(WireForm.completion(serving.tokenizer().vocabulary()), requests, choices, common.output());
    }

    private static List<int[]> prompts(JsonNode node, Serving serving) {
        if (node.isString()) {
            return List.of(encode(node, "prompt", serving));
        }
        if (!node.isArray()) {
            throw Fields.wrongType("prompt", "a string, an array of strings, or an array of token ids", node);
        }
        List<JsonNode> elements = Fields.array(node, "prompt");
        if (elements.isEmpty()) {
            throw Fields.outOfRange("prompt", "not empty", "an empty array");
        }
        if (elements.get(0).isNumber()) {
            return List.of(tokens(elements, "prompt", serving));
        }
        if (elements.size() > MOST_PROMPTS) {
            throw Fields.outOfRange("prompt", "at most " + MOST_PROMPTS + " prompts", elements.size() + " prompts");
        }
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            JsonNode element = elements.get(i);
            String path = "prompt[" + i + "]";
            prompts.add(
                    element.isArray()
                            ? tokens(Fields.array(element, path), path, serving)
                            : encode(element, path, serving));
        }
        return prompts;
    }

    private static int[] encode(JsonNode node, String path, Serving serving) {
        int[] tokens = serving.encode(Fields.string(node, path));
        if (tokens.length == 0) {
            throw Fields.outOfRange(path, "at least 1 token", "empty");
        }
        return tokens;
    }

    private static int[] tokens(List<JsonNode> elements, String path, Serving serving) {
        if (elements.isEmpty()) {
            throw Fields.outOfRange(path, "at least 1 token", "empty");
        }
        if (elements.size() > serving.maxContext()) {
            throw badRequest(
                    "context_length_exceeded",
                    path,
                    path + " has " + elements.size() + " tokens, and the context holds " + serving.maxContext()
                            + ": shorten it");
        }
        int[] tokens = new int[elements.size()];
        for (int i = 0; i < tokens.length; i++) {
            int most = serving.tokenizer().vocabulary().size() - 1;
            tokens[i] = Fields.integer(elements.get(i), path + "[" + i + "]", 0, most);
        }
        return tokens;
    }
}
