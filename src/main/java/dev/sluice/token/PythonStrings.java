package dev.sluice.token;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import org.jspecify.annotations.Nullable;

/**
 * The methods of strings that chat templates call, as Python has them; all else is left to jinjava. Each takes time and
 * makes text in proportion to what it was given.
 *
 * <p>These are {@code strip}, {@code lstrip}, {@code rstrip}, {@code startswith}, {@code endswith}, {@code upper},
 * {@code lower} and {@code split}; the last at a separator alone.
 */
final class PythonStrings extends CompositeELResolver {
    PythonStrings() {
        add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
    }

    @Override
    public Object invoke(ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
        Object result = null;
        if (base instanceof CharSequence text && arguments.length == 0) {
            result = call(text.toString(), String.valueOf(method));
        } else if (base instanceof CharSequence text
                && arguments.length == 1
                && arguments[0] instanceof CharSequence argument
                && !argument.isEmpty()) {
            result = call(text.toString(), String.valueOf(method), argument.toString());
        }
        if (result == null) {
            return super.invoke(context, base, method, types, arguments);
        }
        context.setPropertyResolved(true);
        return result;
    }

    private static @Nullable Object call(String text, String method) {
        IntPredicate space = character -> Character.isWhitespace(character) || Character.isSpaceChar(character);
        return switch (method) {
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            default -> stripped(text, method, space);
        };
    }

    private static @Nullable Object call(String text, String method, String argument) {
        return switch (method) {
            case "startswith" -> text.startsWith(argument);
            case "endswith" -> text.endsWith(argument);
            case "split" -> split(text, argument);
            default -> stripped(text, method, character -> argument.indexOf(character) >= 0);
        };
    }

    private static @Nullable String stripped(String text, String method, IntPredicate goes) {
        if (!method.equals("strip") && !method.equals("lstrip") && !method.equals("rstrip")) {
            return null;
        }
        int from = 0;
        int to = text.length();
        while (!method.equals("rstrip") && from < to && goes.test(text.charAt(from))) {
            from++;
        }
        while (!method.equals("lstrip") && to > from && goes.test(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static List<String> split(String text, String separator) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
            pieces.add(text.substring(from, at));
            from = at + separator.length();
        }
        pieces.add(text.substring(from));
        return pieces;
    }
}
