package dev.sluice.spring;

/**
 * One message of a conversation. Its content is text and nothing else: names of control tokens in it stay text.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content the text
 */
public record ChatMessage(String role, String content) {
    /** Instructions to the model. */
    public static ChatMessage system(String content) {
        return new ChatMessage("system", content);
    }

    /** What the user says. */
    public static ChatMessage user(String content) {
        return new ChatMessage("user", content);
    }

    /** What the model said before. */
    public static ChatMessage assistant(String content) {
        return new ChatMessage("assistant", content);
    }
}
