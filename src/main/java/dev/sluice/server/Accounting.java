package dev.sluice.server;

import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.Report;
import dev.sluice.engine.Report.Drafting;
import dev.sluice.engine.Report.Intervention;
import dev.sluice.engine.Report.Share;
import dev.sluice.engine.Report.Vote;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Adds up the reports of a request's prompts and writes {@code usage} and {@code sluice}. One thread. */
final class Accounting {
    private final Call call;
    private final Map<Integer, Report> reports = new TreeMap<>();

    Accounting(Call call) {
        this.call = call;
    }

    /** Takes the report of a prompt; whether it was the last. */
    boolean add(int prompt, Report report) {
        reports.put(prompt, report);
        return reports.size() == call.requests().size();
    }

    void writeUsage(ObjectNode root) {
        int prompt = reports.values().stream().mapToInt(Report::promptTokens).sum();
        int completion =
                reports.values().stream().mapToInt(Report::completionTokens).sum();
        int cached = reports.values().stream().mapToInt(Report::cachedTokens).sum();
        ObjectNode usage = root.putObject("usage")
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", prompt + completion);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
    }

    void writeExtension(ObjectNode root) {
        Report first = reports.values().iterator().next();
        ObjectNode extension = root.putObject("sluice");
        extension.put("seed", first.seed()).put("revision", first.revision());
        ArrayNode policies = extension.putArray("policies");
        first.policies().forEach(policies::add);
        if (!call.output().report()) {
            return;
        }
        int passes = reports.values().stream().mapToInt(Report::passes).sum();
        double emitted = reports.values().stream()
                .mapToDouble(report -> report.meanAcceptanceLength() * report.passes())
                .sum();
        extension
                .put("passes", passes)
                .put(
                        "drafted",
                        reports.values().stream().mapToInt(Report::drafted).sum())
                .put(
                        "accepted",
                        reports.values().stream().mapToInt(Report::accepted).sum())
                .put(
                        "mean_acceptance_length",
                        reports.size() == 1 ? first.meanAcceptanceLength() : passes == 0 ? 0 : emitted / passes);
        writeSpeculation(extension.putObject("speculation"), passes);
        ArrayNode interventions = extension.putArray("interventions");
        reports.forEach((prompt, report) ->
                report.interventions().forEach(intervention -> write(interventions.addObject(), prompt, intervention)));
        if (reports.values().stream().anyMatch(report -> !report.persona().isEmpty())) {
            ArrayNode persona = extension.putArray("persona");
            reports.forEach(
                    (prompt, report) -> report.persona().forEach(vote -> write(persona.addObject(), prompt, vote)));
        }
    }

    private void writeSpeculation(ObjectNode node, int passes) {
        List<Drafting> all = reports.values().stream().map(Report::speculation).toList();
        int most = all.get(0).maxNodes();
        if (most == Speculation.AUTO) {
            node.put("max_nodes", "auto");
        } else {
            node.put("max_nodes", most);
        }
        int drafted = reports.values().stream().mapToInt(Report::drafted).sum();
        node.put("mean_nodes", passes == 0 ? 0 : (double) drafted / passes)
                .put("switched_off", all.stream().allMatch(Drafting::switchedOff));
        Map<String, Share> shares = new TreeMap<>();
        all.forEach(one -> one.byDrafter().forEach((drafter, share) -> shares.merge(drafter, share, Share::plus)));
        ObjectNode byDrafter = node.putObject("by_drafter");
        shares.forEach((drafter, share) ->
                byDrafter.putObject(drafter).put("drafted", share.drafted()).put("accepted", share.accepted()));
    }

    private void write(ObjectNode node, int prompt, Vote vote) {
        node.put("choice", prompt * call.choices() + vote.choice()).put("lane", vote.lane());
        ArrayNode rejected = node.putArray("rejected");
        vote.rejected().forEach(rejected::add);
    }

    private void write(ObjectNode node, int prompt, Intervention intervention) {
        node.put("choice", prompt * call.choices() + intervention.choice())
                .put("position", intervention.position())
                .put("policy", intervention.policy())
                .put("rule", intervention.rule())
                .put("kind", intervention.kind());
    }
}
