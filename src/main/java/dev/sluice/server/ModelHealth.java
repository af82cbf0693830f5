package dev.sluice.server;

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

    /** Adds the same to the service's information. */
    @Override
    public void contribute(Info.Builder builder) {
        runtime.current().ifPresent(serving -> builder.withDetail("sluice", details(serving)));
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
