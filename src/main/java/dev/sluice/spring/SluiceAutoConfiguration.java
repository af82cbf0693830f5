package dev.sluice.spring;

import dev.sluice.model.store.ModelStore;
import dev.sluice.model.store.TransferProgress;
import dev.sluice.policy.LoadedPolicies;
import dev.sluice.policy.PolicyLoader;
import dev.sluice.policy.PolicyResources;
import dev.sluice.policy.PolicySet;
import dev.sluice.policy.Problem;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
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
    private static final Logger LOG = LoggerFactory.getLogger(SluiceAutoConfiguration.class);

    /** The policies of the folder, compiled; anything wrong in it stops the start with every error at once. */
    @Bean
    @ConditionalOnMissingBean
    PolicySet sluicePolicies(SluiceProperties properties, ObjectProvider<StoredEncoder> encoder) {
        Path location = properties.policies().location();
        PolicyResources resources = new PolicyResources(
                Path.of(properties.classifiers().location()),
                () -> encoder.getObject().get());
        LoadedPolicies loaded = location != null
                ? PolicyLoader.load(location, resources)
                : PolicyLoader.loadIfPresent(Path.of("policies"), resources);
        for (Problem remark : loaded.remarks()) {
            if (remark.severity() == Problem.Severity.WARNING) {
                LOG.warn("{}", remark.render());
            }
        }
        return loaded.set();
    }

    /** The model file of the settings. */
    @Bean
    @ConditionalOnMissingBean
    ModelFiles sluiceModelFiles(SluiceProperties properties, ObjectProvider<TransferProgress> progress) {
        ModelStore store = new ModelStore(properties.homeDirectory(), System::getenv, orLog(progress));
        return new ModelFiles(store, ModelFiles.sourceOf(properties.model()));
    }

    /** The sentence encoder of the settings, loaded when a policy first needs it. */
    @Bean
    @ConditionalOnMissingBean
    StoredEncoder sluiceEncoder(
            ModelFiles files, SluiceProperties properties, ObjectProvider<TransferProgress> progress) {
        return new StoredEncoder(files.store(), properties, orLog(progress));
    }

    /** Loads that file on PyTorch. */
    @Bean
    @ConditionalOnMissingBean
    ModelLoader sluiceModelLoader(
            ModelFiles files, SluiceProperties properties, ObjectProvider<TransferProgress> progress) {
        return new StoredModelLoader(files, properties, orLog(progress));
    }

    private static TransferProgress orLog(ObjectProvider<TransferProgress> progress) {
        return progress.getIfAvailable(() -> SluiceAutoConfiguration::log);
    }

    private static void log(TransferProgress.Step step) {
        if (step.finished()) {
            LOG.info("{}: done, {} bytes", step.label(), step.done());
        }
    }

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
