package dev.sluice.server;

import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceRuntime;
import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether the model is there to answer.
 *
 * @param runtime loads it
 */
record ModelHealth(SluiceRuntime runtime) implements HealthIndicator {
    @Override
    public Health health() {
        Optional<Serving> current = runtime.current();
        if (current.isEmpty()) {
            return Health.outOfService()
                    .withDetail("state", runtime.failed() ? "failed" : "loading")
                    .build();
        }
        Serving serving = current.get();
        return Health.up()
                .withDetail("model", serving.name())
                .withDetail("precision", serving.model().precision())
                .withDetail("device", serving.model().device())
                .withDetail("identity", serving.model().identity().toString())
                .withDetail("revision", serving.policies().revision())
                .build();
    }
}
