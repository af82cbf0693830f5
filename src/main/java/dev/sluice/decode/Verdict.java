package dev.sluice.decode;

/** What the guards say of one candidate token at one prefix. */
public sealed interface Verdict {
    /** The verdict of rules that do not mind. */
    Verdict ACCEPT = new Accept();

    /** No rule minds. */
    record Accept() implements Verdict {}

    /**
     * A hard rule forbids the token at this prefix.
     *
     * @param rule the rule
     * @param kind what to report: reject, mask, constraint or head
     */
    record Reject(RuleId rule, String kind) implements Verdict {}

    /**
     * A soft rule would rather see another token.
     *
     * @param nats how much the candidate's score loses, at least 0
     * @param rule the rule
     */
    record Penalize(double nats, RuleId rule) implements Verdict {}

    /**
     * The token would complete a match whose beginning must not be seen either: if it wins, generation goes back.
     *
     * @param position answer position of the token that holds the match's first character, at least 0; may be the
     *     position of the candidate itself
     * @param nats penalty of soft rules on the same candidate, at least 0
     * @param limit rewinds of one answer after which the rule rejects instead
     * @param rule the rule
     */
    record Rewind(int position, double nats, int limit, RuleId rule) implements Verdict {}
}
