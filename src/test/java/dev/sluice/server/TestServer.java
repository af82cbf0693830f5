package dev.sluice.server;

import dev.sluice.policy.PolicySet;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceRuntime;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.test.web.reactive.server.WebTestClient;

/**
 * The service on a free port, with a model of the test's own.
 *
 * @param context the application
 * @param client calls it
 */
record TestServer(ConfigurableApplicationContext context, WebTestClient client) implements AutoCloseable {
    static TestServer start(Callable<Serving> model, String... settings) {
        SpringApplication application = new SpringApplication(SluiceServer.class);
        Map<String, Object> defaults = new LinkedHashMap<>(ServerDefaults.ofService());
        defaults.put("server.port", "0");
        application.setDefaultProperties(defaults);
        application.addInitializers(context -> {
            GenericApplicationContext beans = (GenericApplicationContext) context;
            beans.registerBean(SluiceRuntime.class, () -> new SluiceRuntime(model));
            beans.registerBean(PolicySet.class, ScriptedEngine::policies);
            beans.registerBean(ReactorResourceFactory.class, TestServer::ownResources);
        });
        ConfigurableApplicationContext context = application.run(settings);
        String port = context.getEnvironment().getProperty("local.server.port");
        WebTestClient client = WebTestClient.bindToServer()
                .baseUrl("http://127.0.0.1:" + port)
                .responseTimeout(Duration.ofSeconds(20))
                .build();
        return new TestServer(context, client);
    }

    /** Network threads of this server alone, so that closing it leaves others running. */
    private static ReactorResourceFactory ownResources() {
        ReactorResourceFactory resources = new ReactorResourceFactory();
        resources.setUseGlobalResources(false);
        resources.setShutdownQuietPeriod(Duration.ZERO);
        return resources;
    }

    int port() {
        return Integer.parseInt(context.getEnvironment().getProperty("local.server.port"));
    }

    /** A server whose model is already there. */
    static TestServer ready(ScriptedEngine engine, String... settings) {
        TestServer server = start(engine::serving, settings);
        server.runtime().await();
        return server;
    }

    SluiceRuntime runtime() {
        return context.getBean(SluiceRuntime.class);
    }

    @Override
    public void close() {
        context.close();
    }
}
