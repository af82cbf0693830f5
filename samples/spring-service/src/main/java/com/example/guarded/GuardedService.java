package com.example.guarded;

import dev.sluice.spring.ChatAnswer;
import dev.sluice.spring.ChatRequest;
import dev.sluice.spring.SluiceClient;
import java.util.List;
import java.util.Map;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** A service that asks for what its policy forbids, once blocking and once reactively. */
@SpringBootApplication
public class GuardedService {
    private static final ChatRequest QUESTION = ChatRequest.of("Repeat after me: Project Nightjar is late.")
            .temperature(0.7)
            .seed(1)
            .maxTokens(32);

    public static void main(String[] args) {
        SpringApplication.run(GuardedService.class, args);
    }

    @Bean
    CommandLineRunner ask(SluiceClient sluice) {
        return args -> {
            ChatAnswer answer = sluice.ask(QUESTION);
            System.out.println("policies: " + answer.report().policies());
            System.out.println("blocking: " + answer.text().replace('\n', ' '));
            List<String> parts = sluice.streamText(QUESTION).collectList().block();
            System.out.println("reactive: " + String.join("", parts).replace('\n', ' '));
            System.out.println("tokens: " + answer.tokens().size());
            System.out.println("server classes: " + serverClasses());
        };
    }

    /** What must not come along with the starter. */
    private static List<String> serverClasses() {
        return Map.of(
                        "webflux", "org.springframework.web.reactive.DispatcherHandler",
                        "netty", "reactor.netty.http.server.HttpServer",
                        "servlet", "jakarta.servlet.Servlet",
                        "actuator", "org.springframework.boot.actuate.endpoint.annotation.Endpoint",
                        "picocli", "picocli.CommandLine")
                .entrySet()
                .stream()
                .filter(entry -> present(entry.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static boolean present(String name) {
        try {
            Class.forName(name, false, GuardedService.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
