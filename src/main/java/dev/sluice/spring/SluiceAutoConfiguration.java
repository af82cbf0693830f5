package dev.sluice.spring;

import dev.sluice.policy.PolicySet;
import java.security.SecureRandom;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Gives an application policies, a loaded model behind an engine, and a {@link SluiceClient}. Each bean steps back for
 * the application's own.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "sluice.enabled", matchIfMissing = true)
@EnableConfigurationProperties(SluiceProperties.class)
public class SluiceAutoConfiguration {
    /** The engine, loaded before the application starts unless {@code sluice.model.background} is set. */
    @Bean
    @ConditionalOnMissingBean
    SluiceRuntime sluiceRuntime(ModelLoader loader, PolicySet policies, SluiceProperties properties) {
        SluiceRuntime runtime = new SluiceRuntime(() -> Serving.start(loader.load(), policies, properties));
        if (!properties.model().background()) {
            runtime.await();
        }
        return runtime;
    }

    /** The client that the application injects. */
    @Bean
    @ConditionalOnMissingBean
    SluiceClient sluiceClient(SluiceRuntime runtime) {
        return new SluiceClient(runtime, new SecureRandom()::nextLong);
    }
}
