package dev.sluice.server;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Settings of the service that differ from Spring's own. They are set by the command line, not by a file in the jar,
 * which would reach the applications that use the starter.
 */
final class ServerDefaults {
    private ServerDefaults() {}

    /** What every command starts with. */
    static Map<String, Object> ofCommands() {
        Map<String, Object> defaults = new LinkedHashMap<>();
        defaults.put("spring.main.banner-mode", "off");
        defaults.put("spring.main.log-startup-info", "false");
        defaults.put("logging.level.root", "warn");
        defaults.put("logging.level.dev.sluice", "info");
        // Failures are told in one line by the command itself.
        defaults.put("logging.level.org.springframework", "error");
        defaults.put("logging.level.org.springframework.boot.SpringApplication", "off");
        defaults.put("logging.level.org.springframework.boot.diagnostics", "off");
        defaults.put("logging.pattern.console", "%d{HH:mm:ss} %-5level %msg%n%wEx");
        return defaults;
    }

    /** What the service starts with. */
    static Map<String, Object> ofService() {
        Map<String, Object> defaults = ofCommands();
        defaults.put("server.address", "127.0.0.1");
        defaults.put("server.port", "8080");
        defaults.put("sluice.model.background", "true");
        defaults.put("spring.http.codecs.max-in-memory-size", "1MB");
        defaults.put("spring.web.resources.add-mappings", "false");
        defaults.put("spring.lifecycle.timeout-per-shutdown-phase", "10s");
        defaults.put("management.endpoints.web.exposure.include", "health,info");
        defaults.put("management.endpoint.health.show-details", "always");
        defaults.put("management.health.diskspace.enabled", "false");
        defaults.put("management.health.ssl.enabled", "false");
        defaults.put("management.endpoint.health.probes.enabled", "true");
        defaults.put("management.endpoint.health.probes.add-additional-paths", "true");
        defaults.put("management.endpoint.health.group.readiness.include", "readinessState,model");
        defaults.put("management.endpoint.health.group.readiness.additional-path", "server:/readyz");
        defaults.put("management.endpoint.health.group.liveness.include", "livenessState");
        defaults.put("management.endpoint.health.group.liveness.additional-path", "server:/livez");
        return defaults;
    }
}
