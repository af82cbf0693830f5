package dev.sluice.server;

import dev.sluice.spring.SluiceFailureAnalyzer;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;

/** Says in one line, or one a problem, why a command failed. */
final class Failures {
    private Failures() {}

    static String describe(Throwable failure) {
        FailureAnalysis analysis = new SluiceFailureAnalyzer().analyze(failure);
        if (analysis != null) {
            return analysis.getDescription();
        }
        Throwable root = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PortInUseException port) {
                return "port " + port.getPort() + " is in use: stop what uses it, or give --server.port=N";
            }
            if (cause instanceof BindException bind && bind.getProperty() != null) {
                return bind.getName() + " cannot be "
                        + Fields.quote(String.valueOf(bind.getProperty().getValue()))
                        + ": it is not a " + bind.getTarget().getType();
            }
            root = cause;
        }
        return root.getMessage() == null ? root.toString() : root.getMessage();
    }
}
