package dev.sluice.server;

import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.torch.MachineProfile;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceRuntime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether the model is there to answer, and what it is.
 *
 * @param runtime loads it
 */
record ModelHealth(SluiceRuntime runtime) implements HealthIndicator, InfoContributor {
    @Override
    public Health health() {
        Optional<Serving> current = runtime.current();
        if (current.isEmpty()) {
            return Health.outOfService()
                    .withDetail("state", runtime.failed() ? "failed" : "loading")
                    .build();
        }
        return Health.up().withDetails(details(current.get())).build();
    }

    /** Adds the same to the service's information, and what the start-up checks of exactness and of threads found. */
    @Override
    public void contribute(Info.Builder builder) {
        runtime.current().ifPresent(serving -> {
            Map<String, Object> details = details(serving);
            details.put("fingerprint", serving.model().fingerprint());
            details.put("self_test", selfTest(serving));
            builder.withDetail("sluice", details);
        });
    }

    private static Map<String, Object> selfTest(Serving serving) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("exact", serving.model().identity() == Identity.EXACT);
        found.put("processors", Runtime.getRuntime().availableProcessors());
        MachineProfile machine = serving.machine();
        if (machine != null) {
            found.put("threads", machine.threads());
            found.put("spin_count", machine.spinCount());
        }
        return found;
    }

    private static Map<String, Object> details(Serving serving) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("model", serving.name());
        details.put("precision", serving.model().precision());
        details.put("device", serving.model().device());
        details.put("identity", serving.model().identity().toString());
        details.put("revision", serving.policies().revision());
        return details;
    }
}
