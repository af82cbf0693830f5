package dev.sluice.server;

import dev.sluice.spring.InvalidSettingException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Keeps the service to this machine while it has no authentication: it binds to the loopback interface, and answers
 * only requests that call it by a loopback name, so that a web page cannot reach it through a name of its own.
 */
final class LoopbackOnly implements WebFilter {
    /**
     * Checks an address to bind to.
     *
     * @param setting the setting's name
     * @param address its value; empty means every interface
     * @throws InvalidSettingException if it is not a loopback address
     */
    static void require(String setting, String address) {
        try {
            if (!address.isBlank() && InetAddress.getByName(address).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new InvalidSettingException(setting, "a loopback address such as 127.0.0.1", '"' + address + '"');
        }
        throw new InvalidSettingException(
                setting,
                "a loopback address such as 127.0.0.1, because there is no authentication yet",
                address.isBlank() ? "every interface" : '"' + address + '"');
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        InetSocketAddress host = exchange.getRequest().getHeaders().getHost();
        if (host != null && isLoopbackName(host.getHostString())) {
            return chain.filter(exchange);
        }
        return Mono.error(new ApiException(
                HttpStatus.MISDIRECTED_REQUEST,
                "host_not_allowed",
                null,
                "this server answers only to localhost, 127.0.0.1 and [::1] in the Host header"));
    }

    private static boolean isLoopbackName(String name) {
        String host = name.toLowerCase(Locale.ROOT);
        return host.equals("localhost")
                || host.equals("::1")
                || host.equals("[::1]")
                || host.equals("0:0:0:0:0:0:0:1")
                || host.matches("127(\\.\\d{1,3}){3}");
    }
}
