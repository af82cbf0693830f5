package dev.sluice.server;

import dev.sluice.model.store.ProgressPrinter;
import dev.sluice.model.store.TransferProgress;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Shows downloads on standard error. */
@Configuration(proxyBeanMethods = false)
class TerminalProgress {
    /** The printer; the launcher knows whether standard error is a terminal. */
    @Bean
    TransferProgress transferProgress() {
        return ProgressPrinter.onStandardError(Boolean.getBoolean("dev.sluice.terminal"));
    }
}
