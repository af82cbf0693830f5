package dev.sluice.token;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.interpret.TemplateError.ErrorReason;
import com.hubspot.jinjava.interpret.TemplateError.ErrorType;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import com.hubspot.jinjava.tree.Node;
import dev.sluice.token.TokenizerException.Code;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A Jinja template that comes with a model and is not trusted.
 *
 * <p>It sees the variables it is given and nothing else: no files, no other templates, no clock, no chance, no methods that
 * make large things out of small ones. Values are never taken for template code. Work is bounded by counts: the template's
 * length, the nodes rendered, the text made. Thread-safe.
 */
final class JinjaTemplate {
    private static final int MOST_SOURCE = 1 << 18;
    private static final int MOST_STEPS = 1_000_000;
    private static final int MOST_OUTPUT = 1 << 26;
    private static final Map<Library, Set<String>> DISABLED = Map.of(
            Library.TAG, Set.of("include", "import", "from", "extends", "block", "cycle", "ifchanged"),
            Library.FILTER, Set.of("random", "shuffle", "datetimeformat", "strftime", "unixtimestamp"),
            Library.FUNCTION, Set.of("now", "today", "unixtimestamp", "datetimeformat", "strtotime"));
    private static final Set<String> RESTRICTED_METHODS =
            Set.of("repeat", "matches", "replaceAll", "replaceFirst", "format", "formatted", "intern", "getBytes");
    private static final ThreadLocal<@Nullable Run> RUN = new ThreadLocal<>();
    private static final Jinjava ENGINE = engine();

    private final String source;

    /** Takes a template's source; most of it is checked when it is rendered. */
    JinjaTemplate(String source) {
        if (source.length() > MOST_SOURCE) {
            throw new TokenizerException(
                    Code.TEMPLATE_INVALID,
                    "the chat template has " + source.length() + " characters, at most " + MOST_SOURCE
                            + " are taken: use another conversion of the model");
        }
        this.source = JinjaSource.rewrite(source);
    }

    /** What one rendering has done so far. */
    private static final class Run {
        private int steps;
        private @Nullable String refusal;
    }

    private static final class TooCostlyException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Renders with variables; throws {@link TokenizerException}. */
    String render(Map<String, Object> variables) {
        Run run = new Run();
        RUN.set(run);
        try {
            RenderResult result = ENGINE.renderForResult(source, variables);
            for (TemplateError error : result.getErrors()) {
                if (error.getSeverity() == ErrorType.FATAL || error.getReason() == ErrorReason.SYNTAX_ERROR) {
                    throw failure(error, run);
                }
            }
            return result.getOutput();
        } catch (StackOverflowError | TooCostlyException e) {
            throw tooCostly(e);
        } finally {
            RUN.remove();
        }
    }

    private TokenizerException failure(TemplateError error, Run run) {
        if (run.steps > MOST_STEPS || error.getReason() == ErrorReason.OUTPUT_TOO_BIG) {
            return tooCostly(error.getException());
        }
        if (run.refusal != null) {
            boolean own = source.contains(run.refusal);
            return new TokenizerException(
                    Code.TEMPLATE_REFUSED,
                    "the model's chat template refuses these messages" + (own ? " (" + run.refusal + ")" : "")
                            + ": change their roles or their order");
        }
        return new TokenizerException(
                Code.TEMPLATE_INVALID,
                "the chat template fails in line " + error.getLineno() + " (" + error.getReason()
                        + "): it is broken, or needs what is not implemented; use another model, or put the right template into"
                        + " its file",
                error.getException());
    }

    private static TokenizerException tooCostly(@Nullable Throwable cause) {
        return new TokenizerException(
                Code.TEMPLATE_TOO_COSTLY,
                "rendering the chat template takes more than " + MOST_STEPS + " steps or " + MOST_OUTPUT
                        + " characters: send less, or use another model",
                cause);
    }

    /** What {@code raise_exception} does in a template. */
    static String refuse(String message) {
        Run run = RUN.get();
        if (run != null && run.refusal == null) {
            run.refusal = message;
        }
        throw new IllegalArgumentException("refused by the template");
    }

    private static void step(Node node, JinjavaInterpreter interpreter) {
        Run run = RUN.get();
        if (run != null && ++run.steps > MOST_STEPS) {
            throw new TooCostlyException();
        }
    }

    private static Jinjava engine() {
        Jinjava engine = new Jinjava(JinjavaConfig.newBuilder()
                .withLocale(Locale.ROOT)
                .withTimeZone(ZoneOffset.UTC)
                .withNestedInterpretationEnabled(false)
                .withElResolver(new PythonStrings())
                .withDisabled(DISABLED)
                .withRestrictedMethods(RESTRICTED_METHODS)
                .withMaxOutputSize(MOST_OUTPUT)
                .withMaxStringLength(MOST_OUTPUT)
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor(JinjaTemplate::step)
                        .build())
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withKeepNullableLoopValues(true)
                        .withUsePyishObjectMapper(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withParseWhitespaceControlStrictly(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withAllowAdjacentTextNodes(true)
                        .build())
                .build());
        engine.setResourceLocator((name, encoding, interpreter) -> {
            throw new ResourceNotFoundException("templates of models load nothing");
        });
        engine.getGlobalContext()
                .registerFunction(
                        new ELFunctionDefinition("", "raise_exception", JinjaTemplate.class, "refuse", String.class));
        return engine;
    }
}
