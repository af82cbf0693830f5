package dev.sluice.spring;

import dev.sluice.hook.classifier.ClassifierException;
import dev.sluice.policy.PolicyException;
import dev.sluice.token.Nearest;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says in a few plain lines why an application with Sluice does not start. */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class SluiceFailureAnalyzer implements FailureAnalyzer {
    private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("sluice");

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidSettingException
                    || cause instanceof PolicyException
                    || cause instanceof ClassifierException
                    || cause instanceof ModelUnavailableException) {
                return new FailureAnalysis(cause.getMessage(), null, failure);
            }
            if (cause instanceof UnboundConfigurationPropertiesException unbound) {
                String unknown = unknownSettings(unbound);
                if (!unknown.isEmpty()) {
                    return new FailureAnalysis(unknown, null, failure);
                }
            }
        }
        return null;
    }

    private static String unknownSettings(UnboundConfigurationPropertiesException unbound) {
        List<String> known = new ArrayList<>();
        collectNames("sluice", SluiceProperties.class, known);
        return unbound.getUnboundProperties().stream()
                .map(property -> property.getName())
                .filter(PREFIX::isAncestorOf)
                .map(name -> "unknown setting " + name + Nearest.hint(name.toString(), known))
                .collect(Collectors.joining("\n"));
    }

    private static void collectNames(String prefix, Class<?> type, List<String> names) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = prefix + "."
                    + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (component.getType().isRecord()) {
                collectNames(name, component.getType(), names);
            } else {
                names.add(name);
            }
        }
    }
}
