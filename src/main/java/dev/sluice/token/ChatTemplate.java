package dev.sluice.token;

import dev.sluice.token.ControlNames.Piece;
import dev.sluice.token.TokenizerException.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The chat template of a model: conversations to prompts.
 *
 * <p>Text of a message can become neither a control token nor template code. The template's own control tokens are
 * {@linkplain ControlMarks marked} before it runs; what comes out is cut at the marks, and everything between is tokenised
 * as text. Thread-safe; uses the tokenizer it was given and does not own it.
 *
 * <p>Limits of the template language: it is Jinja as jinjava implements it, with {@code messages},
 * {@code add_generation_prompt}, {@code bos_token}, {@code eos_token} and {@code raise_exception}; {@code tools} and the
 * clock are undefined. Strings have the methods of {@link PythonStrings} and Java's; a template that needs others, or puts
 * the names of control tokens together from pieces, is refused.
 */
public final class ChatTemplate {
    private final Tokenizer tokenizer;
    private final ControlMarks marks;
    private final ControlNames names;
    private final JinjaTemplate template;
    private final String bos;
    private final String eos;

    /**
     * Prepares a template and tries it on two small conversations.
     *
     * @param tokenizer the model's tokenizer
     * @param source the template, in Jinja
     * @param bos name of the token that {@code bos_token} stands for, or empty
     * @param eos name of the token that {@code eos_token} stands for, or empty
     * @throws TokenizerException if it cannot be used
     */
    public ChatTemplate(Tokenizer tokenizer, String source, String bos, String eos) {
        this.tokenizer = tokenizer;
        this.names = new ControlNames(tokenizer.vocabulary());
        this.marks = new ControlMarks(names);
        this.template = new JinjaTemplate(marks.mark(source));
        this.bos = marks.mark(bos);
        this.eos = marks.mark(eos);
        tryOn(List.of(new ChatMessage("user", "a")));
        tryOn(List.of(
                new ChatMessage("system", "a"),
                new ChatMessage("user", "b"),
                new ChatMessage("assistant", "c"),
                new ChatMessage("user", "d")));
    }

    /** A template may refuse a conversation, but what it renders must have its control tokens where they show. */
    private void tryOn(List<ChatMessage> messages) {
        List<Piece> marked;
        try {
            marked = pieces(messages, true);
        } catch (TokenizerException e) {
            if (e.code() == Code.TEMPLATE_REFUSED) {
                return;
            }
            throw e;
        }
        if (!marked.equals(names.split(text(marked)))) {
            throw new TokenizerException(
                    Code.TEMPLATE_INVALID,
                    "the chat template puts names of control tokens together from pieces, where they cannot be told from"
                            + " what users write: write them in one piece in the template");
        }
    }

    /**
     * The prompt as text, control tokens by their names. For people: encoding this text is not the same as
     * {@link #encode} once a message holds such a name.
     *
     * @param addGenerationPrompt whether to begin the assistant's next turn
     * @throws TokenizerException if the template refuses the messages
     */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        return text(pieces(messages, addGenerationPrompt));
    }

    /** The prompt as tokens; see {@link #encode(List, boolean, int)}. */
    public int[] encode(List<ChatMessage> messages, boolean addGenerationPrompt) {
        return encode(messages, addGenerationPrompt, Integer.MAX_VALUE);
    }

    /**
     * The prompt as tokens.
     *
     * @param addGenerationPrompt whether to begin the assistant's next turn
     * @param limit the most tokens wanted
     * @throws TokenizerException if the template refuses the messages
     * @throws TextTooLongException if there are more tokens than the limit
     */
    public int[] encode(List<ChatMessage> messages, boolean addGenerationPrompt, int limit) {
        TokenBuffer tokens = new TokenBuffer(limit);
        for (Piece piece : pieces(messages, addGenerationPrompt)) {
            tokens.addAll(encodeText(piece.text(), tokens.room(), limit));
            if (piece.token() >= 0) {
                tokens.add(piece.token());
            }
        }
        return tokens.toArray();
    }

    private int[] encodeText(String text, int room, int limit) {
        try {
            return tokenizer.encode(text, false, room);
        } catch (TextTooLongException e) {
            throw new TextTooLongException(limit);
        }
    }

    private List<Piece> pieces(List<ChatMessage> messages, boolean addGenerationPrompt) {
        List<Map<String, Object>> values = new ArrayList<>();
        for (ChatMessage message : messages) {
            Map<String, Object> value = new HashMap<>();
            value.put("role", marks.escape(message.role()));
            value.put("content", marks.escape(message.content()));
            values.add(value);
        }
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", values);
        variables.put("add_generation_prompt", addGenerationPrompt);
        variables.put("bos_token", bos);
        variables.put("eos_token", eos);
        return marks.split(template.render(variables));
    }

    private String text(List<Piece> pieces) {
        StringBuilder text = new StringBuilder();
        for (Piece piece : pieces) {
            text.append(piece.text());
            if (piece.token() >= 0) {
                text.append(tokenizer.vocabulary().name(piece.token()));
            }
        }
        return text.toString();
    }
}
