package dev.sluice.engine;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.CacheScope;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.policy.PolicySet.Applied;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request that the engine has accepted: what its choices share. Engine loop only, but for the stream.
 *
 * @param id number for logs
 * @param request what was asked
 * @param maxTokens most answer tokens of a choice
 * @param speculation how to speculate
 * @param revision revision of the policies it runs under
 * @param policies the policies that apply
 * @param stream where events go
 * @param deadline when it is given up, on the engine's clock in nanoseconds
 * @param scope who shares its KV pages, or null for nobody
 * @param choices its sessions, in order
 */
record ActiveRequest(
        long id,
        GenerationRequest request,
        int maxTokens,
        GenerationRequest.Speculation speculation,
        String revision,
        List<Applied> policies,
        GenerationStream stream,
        long deadline,
        @Nullable CacheScope scope,
        List<DecodingSession> choices) {

    /** Whether all choices have ended. */
    boolean finished() {
        return choices.stream().allMatch(DecodingSession::finished);
    }

    /** New lanes of a choice, one a persona; one for the prompt where there are none. */
    List<Lane> lanes() {
        PersonaPrompt persona = request.persona();
        return persona == null
                ? List.of(new Lane(scope, request.prompt()))
                : persona.lanes().stream()
                        .map(lane -> new Lane(scope, lane.tokens()))
                        .toList();
    }

    /** The first error of a choice, or null. */
    @Nullable
    EngineException failure() {
        return choices.stream()
                .map(DecodingSession::failure)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The first choice that waits for a place in the batch, or null. */
    @Nullable
    DecodingSession firstWaiting() {
        return choices.stream().filter(DecodingSession::waiting).findFirst().orElse(null);
    }

    /** Choices that wait for a place in the batch. */
    int waitingChoices() {
        return (int) choices.stream().filter(DecodingSession::waiting).count();
    }

    /** Choices that hold a place in the batch. */
    long runningChoices() {
        return choices.stream().filter(DecodingSession::running).count();
    }

    /** Ends the stream: with the report, or with an error. Frees all choices. */
    void end(@Nullable EngineException error) {
        choices.forEach(DecodingSession::close);
        if (error != null) {
            stream.fail(error);
            return;
        }
        stream.emit(new GenerationEvent.Completed(report()));
        stream.complete();
    }

    private Report report() {
        int passes = 0;
        int drafted = 0;
        int accepted = 0;
        int emitted = 0;
        int released = 0;
        boolean off = speculation.auto();
        Map<String, Report.Share> shares = new TreeMap<>();
        List<Report.Intervention> interventions = new ArrayList<>();
        List<Report.Vote> votes = new ArrayList<>();
        for (DecodingSession choice : choices) {
            Tally tally = choice.tally();
            passes += tally.passes;
            drafted += tally.drafted;
            accepted += tally.accepted;
            emitted += tally.emitted;
            off &= choice.switchedOff();
            tally.shares.forEach((drafter, share) -> shares.merge(drafter, share, Report.Share::plus));
            released += choice.released();
            interventions.addAll(choice.interventions());
            votes.addAll(choice.votes());
        }
        return new Report(
                request.sampling().seed(),
                revision,
                policies.stream().map(applied -> applied.policy().name()).toList(),
                request.prompt().length,
                choices.get(0).cached(),
                released,
                passes,
                drafted,
                accepted,
                passes == 0 ? 0 : (double) emitted / passes,
                new Report.Drafting(
                        speculation.maxNodes(), passes == 0 ? 0 : (double) drafted / passes, off, Map.copyOf(shares)),
                List.copyOf(interventions),
                List.copyOf(votes));
    }

    /**
     * The soft rules that a dead end lifts for one token; empty where a policy in force would rather stop.
     */
    Set<RuleId> relaxed() {
        Set<RuleId> rules = new HashSet<>();
        for (Applied applied : policies) {
            Policy policy = applied.policy();
            if (!applied.shadow()
                    && policy.relaxed().isEmpty()
                    && !policy.hooks().isEmpty()) {
                return Set.of();
            }
            if (!applied.shadow()) {
                policy.relaxed().forEach(rule -> rules.add(new RuleId(policy.name(), rule)));
            }
        }
        return rules;
    }

    /** Whether a guard reads what the model makes of the prompt. */
    boolean readsPrompt() {
        return policies.stream()
                .flatMap(applied -> applied.policy().hooks().stream())
                .anyMatch(hook -> hook.promptLayers().length > 0);
    }

    /**
     * The acceptance heads of its policies.
     *
     * @param shadow of those that only report, or of those in force
     */
    static List<AcceptanceHead> heads(List<Applied> policies, boolean shadow) {
        return policies.stream()
                .filter(applied -> applied.shadow() == shadow)
                .flatMap(applied -> applied.policy().heads().stream())
                .toList();
    }

    /** The set a request runs under, with its revision. */
    static List<Applied> resolve(PolicySet set, GenerationRequest request) {
        for (String name : request.policies()) {
            if (!set.policies().containsKey(name)) {
                throw new EngineException(
                        EngineException.Code.UNKNOWN_POLICY,
                        "sluice.policies",
                        "there is no policy \"" + name + "\"; known are "
                                + set.policies().keySet());
            }
        }
        return set.resolve(request.policies());
    }
}
