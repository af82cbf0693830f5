package dev.sluice.server;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The settings among the arguments of a command: {@code --sluice.NAME=VALUE} and those of Spring's own namespaces. They
 * are Spring's to read; everything else is the command's.
 *
 * @param arguments the settings as they were given
 */
record Settings(List<String> arguments) {
    private static final List<String> NAMESPACES =
            List.of("--sluice.", "--server.", "--spring.", "--logging.", "--management.");

    /** Arguments, divided. */
    record Divided(Settings settings, List<String> others) {}

    /**
     * Divides arguments; those behind {@code --} are never settings.
     *
     * @throws IllegalArgumentException for a setting without a value
     */
    static Divided divide(String... arguments) {
        List<String> settings = new ArrayList<>();
        List<String> others = new ArrayList<>();
        boolean ended = false;
        for (String argument : arguments) {
            ended |= argument.equals("--");
            if (ended || NAMESPACES.stream().noneMatch(argument::startsWith)) {
                others.add(argument);
            } else if (!argument.contains("=")) {
                throw new IllegalArgumentException(
                        "setting " + argument + " has no value: write " + argument + "=VALUE");
            } else {
                settings.add(argument);
            }
        }
        return new Divided(new Settings(settings), others);
    }

    /** These and one more, which wins over an equal one. */
    Settings with(String name, Object value) {
        List<String> all = new ArrayList<>(arguments);
        all.removeIf(argument -> argument.startsWith("--" + name + "="));
        all.add("--" + name + "=" + value);
        return new Settings(all);
    }

    /** Starts the service. */
    ConfigurableApplicationContext startServer() {
        SpringApplication application = new SpringApplication(SluiceServer.class);
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        application.setDefaultProperties(ServerDefaults.ofService());
        return application.run(arguments.toArray(new String[0]));
    }

    /**
     * Starts an application that serves nothing.
     *
     * @param lazy whether beans, the model among them, wait until they are asked for
     */
    ConfigurableApplicationContext startLocal(boolean lazy) {
        SpringApplication application = new SpringApplication(LocalApplication.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setLazyInitialization(lazy);
        application.setDefaultProperties(ServerDefaults.ofCommands());
        return application.run(arguments.toArray(new String[0]));
    }
}
