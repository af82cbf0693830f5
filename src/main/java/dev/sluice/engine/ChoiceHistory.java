package dev.sluice.engine;

import dev.sluice.decode.Choice;
import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.hook.PromptReading;
import dev.sluice.token.Vocabulary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The prefixes one choice has gone through, the vetoes that belong to them, and what the guards did there.
 *
 * <p>A veto belongs to a prefix and goes when generation goes back behind it; so does what was recorded there.
 */
final class ChoiceHistory {
    private final List<Position> positions = new ArrayList<>();
    private final Map<Integer, Map<Integer, RuleId>> vetoes = new HashMap<>();
    private int watermark;
    private final Set<Act> acts = new LinkedHashSet<>();

    /** What a guard did to an answer position because of a prefix of {@code cause} tokens; equal acts count once. */
    private record Act(int cause, int position, @Nullable RuleId rule, String kind) {}

    /** A history that begins before the first answer token. */
    ChoiceHistory(Position start) {
        positions.add(start);
    }

    /** The prefix that the next token is chosen for. */
    Position current() {
        return positions.get(positions.size() - 1);
    }

    /** The prefix of a length. */
    Position at(int length) {
        return positions.get(length);
    }

    /** Tells the guards what the model made of the prompt, before the first answer token. */
    void prompted(PromptReading reading) {
        positions.set(0, positions.get(0).prompted(reading));
    }

    /** An empty draft tree behind the current prefix. */
    DraftTree tree(int maxNodes, Vocabulary vocabulary, int maxTokens) {
        int length = current().length();
        return new DraftTree(maxNodes, vocabulary, current(), token -> veto(length, token) != null, maxTokens);
    }

    /** The rule whose rewind forbade a token at the prefix of a length, or null. */
    @Nullable
    RuleId veto(int length, int token) {
        Map<Integer, RuleId> here = vetoes.get(length);
        return here == null ? null : here.get(token);
    }

    /** Adds the prefix behind an emitted token. */
    void extend(Position next) {
        positions.add(next);
        watermark = Math.max(watermark, Math.min(next.length(), next.guards().heldFrom()));
    }

    /**
     * Answer tokens that are beyond recall: once no live match had a byte in them. It never falls, and depends on the
     * emitted tokens alone, not on when a stream took them.
     *
     * <p>A rewind may bring a match back to life that had died when its first tokens were let go; such a match cannot be
     * rewound any more, its completing token is rejected.
     */
    int watermark() {
        return watermark;
    }

    /** Goes back to the prefix of a length and vetoes the token that followed it. */
    void rewind(int length, int token, RuleId rule) {
        positions.subList(length + 1, positions.size()).clear();
        vetoes.keySet().removeIf(at -> at > length);
        acts.removeIf(act -> act.cause() > length);
        vetoes.computeIfAbsent(length, at -> new HashMap<>()).put(token, rule);
        acts.add(new Act(length, length, rule, "rewind"));
    }

    /** Records that a candidate lost to a guard at a prefix. */
    void record(Position at, Choice.Refusal refusal) {
        if (refusal.verdict() instanceof Verdict.Reject reject) {
            record(at.length(), reject.rule(), reject.kind());
        } else if (refusal.verdict() instanceof Verdict.Penalize penalize) {
            record(at.length(), penalize.rule(), "penalty");
        }
    }

    /** Records one act of a guard at the current prefix. */
    void record(int position, @Nullable RuleId rule, String kind) {
        acts.add(new Act(current().length(), position, rule, kind));
    }

    /** Records what the hooks in shadow would have done to an emitted token, before the history is extended by it. */
    void recordShadow(Position at, int token, boolean ends) {
        Verdict verdict = at.guards().judgeInShadow(token, ends);
        int behind = at.length() + 1;
        if (verdict instanceof Verdict.Reject reject) {
            acts.add(new Act(behind, at.length(), reject.rule(), "shadow"));
        } else if (verdict instanceof Verdict.Penalize penalize) {
            acts.add(new Act(behind, at.length(), penalize.rule(), "shadow"));
        } else if (verdict instanceof Verdict.Rewind rewind) {
            acts.add(new Act(behind, rewind.position(), rewind.rule(), "shadow"));
        }
    }

    /** Records that an acceptance head in shadow rejects the token at an answer position. */
    void recordShadow(int position, RuleId rule) {
        acts.add(new Act(position + 1, position, rule, "shadow"));
    }

    /** Records that a rule could not be asked from an answer position on, which no rewind undoes. */
    void recordFailure(int position, RuleId rule) {
        acts.add(new Act(0, position, rule, "failed"));
    }

    /** Leaves tokens of the current prefix out of what is visible. */
    void withhold(Position withholding) {
        positions.set(positions.size() - 1, withholding);
    }

    /** The acts as a report shows them, by position. */
    List<Report.Intervention> interventions(int choice) {
        Gaps gaps = current().gaps();
        return acts.stream()
                .map(act -> new Report.Intervention(
                        choice,
                        act.position() - gaps.before(act.position()),
                        act.rule() == null ? null : act.rule().policy(),
                        act.rule() == null ? null : act.rule().rule(),
                        act.kind()))
                .distinct()
                .sorted(Comparator.comparingInt(Report.Intervention::position))
                .toList();
    }
}
