package dev.sluice.hook.constrain;

import dev.sluice.hook.constrain.regular.Dfa;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An immutable position of a constraint in one text. Positions that compare equal allow the same continuations; hash codes are
 * cheap.
 *
 * <p>No position is a dead end: {@link #after} answers null as soon as no continuation can be completed.
 *
 * <p>Most bytes of most texts lie inside a <em>lexeme</em>, a stretch that one automaton decides alone, such as a string of JSON. A
 * position inside one says so, and whoever computes masks may then keep what the automaton says for all positions that
 * share it: {@code after(b)} is {@code inLexeme(next)} for {@code next = lexeme().step(lexemeState(), b)} wherever {@code next} is not
 * {@link Dfa#DEAD}; where it is, {@code after(b)} is null unless the automaton {@linkplain Dfa#accepts accepts} in
 * {@code lexemeState()}, and otherwise what the text around the lexeme makes of the byte.
 */
public interface ConstraintState {
    /**
     * The position after one more byte, or null if no text that goes on with it holds.
     *
     * @param next the byte, 0 to 255
     */
    @Nullable
    ConstraintState after(int next);

    /** Whether the text may end here. */
    boolean isComplete();

    /** The positions that this one is the union of, each without alternatives of its own: itself, if it is one. */
    default Collection<? extends ConstraintState> alternatives() {
        return List.of(this);
    }

    /** The automaton that decides the next bytes alone, or null where there is none. */
    default @Nullable Dfa lexeme() {
        return null;
    }

    /** Where the {@link #lexeme} stands; of no meaning without one. */
    default int lexemeState() {
        return 0;
    }

    /**
     * This position, were its lexeme in another state.
     *
     * @param state of {@link #lexeme}
     */
    default ConstraintState inLexeme(int state) {
        throw new IllegalStateException("not inside a lexeme: ask lexeme() first");
    }
}
