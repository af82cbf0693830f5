package dev.sluice.server;

import dev.sluice.spring.SluiceAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Import;

/** What the commands that serve nothing run in: the starter, with progress on the terminal. */
@ImportAutoConfiguration(SluiceAutoConfiguration.class)
@Import(TerminalProgress.class)
class LocalApplication {}
