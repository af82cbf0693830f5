package dev.sluice.server;

import dev.sluice.spring.ModelUnavailableException;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceRuntime;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Starts the service and stays until it is stopped. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = "Serve the OpenAI-compatible API on 127.0.0.1:8080.",
        footer = {
            "",
            "The port opens at once; until the model is loaded, requests get 503 and /readyz is down.",
            "Settings such as --server.port=8081 or --sluice.policies.location=DIR apply."
        })
final class ServeCommand implements Callable<Integer> {
    private final Settings settings;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    ServeCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        ConfigurableApplicationContext context = settings.startServer();
        CountDownLatch closed = new CountDownLatch(1);
        context.addApplicationListener((ApplicationListener<ContextClosedEvent>) event -> closed.countDown());
        String address = "http://" + context.getEnvironment().getProperty("server.address") + ":"
                + context.getEnvironment().getProperty("local.server.port");
        err.println("listening on " + address + ", the model is loading");
        try {
            Serving serving = context.getBean(SluiceRuntime.class).await();
            err.printf(
                    "serving %s (%s, %s, identity: %s), policies %s (%d), on %s%n",
                    serving.name(),
                    serving.model().precision(),
                    serving.model().device(),
                    serving.model().identity(),
                    serving.policies().revision(),
                    serving.policies().policies().size(),
                    address);
        } catch (ModelUnavailableException e) {
            boolean stopped = !context.isActive();
            context.close();
            if (stopped) {
                return 0;
            }
            throw e;
        }
        closed.await();
        return 0;
    }
}
