package dev.sluice.hook.phrase;

import dev.sluice.decode.RuleId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One phrase rule as a policy states it: either strings or a pattern.
 *
 * @param id names the rule in reports
 * @param ban forbidden strings; empty if there is a pattern
 * @param pattern a regular expression without backreferences, or null if there are strings
 * @param match how far the text is seen through
 * @param onMatch what happens when a match would complete
 * @param wholeWord whether matches must begin and end at word boundaries
 * @param maxLength most characters a match may have, or null where the pattern's own longest match is finite
 * @param rewindLimit rewinds in one answer after which the rule acts as {@link OnMatch#REJECT}
 */
public record PhraseRule(
        RuleId id,
        List<String> ban,
        @Nullable String pattern,
        Match match,
        OnMatch onMatch,
        boolean wholeWord,
        @Nullable Integer maxLength,
        int rewindLimit) {

    /** How far a rule sees through the way a text is written. */
    public enum Match {
        /** Code points as they are. */
        EXACT,
        /** Through case, compatibility forms, marks, invisible characters, look-alike letters and runs of white space. */
        FOLDED,
        /** As folded, and through separators between letters and digits that stand for letters. */
        LOOSE
    }

    /** What happens when a match would complete. */
    public enum OnMatch {
        /** The completing token is forbidden. */
        REJECT,
        /** Text is held back while a match is alive, and generation goes back to where it began. */
        REWIND
    }
}
