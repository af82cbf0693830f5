package dev.sluice.token;

/**
 * One message of a conversation. Both parts are data from outside; neither can become a control token or template code.
 *
 * @param role who speaks: system, user, assistant or tool
 * @param content what is said
 */
public record ChatMessage(String role, String content) {}
