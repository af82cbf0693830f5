package dev.sluice.model.store;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A package index and model hub on loopback that misbehaves on demand and remembers what it was asked. */
final class FakeHost implements AutoCloseable {
    /** A request as it arrived. */
    record Seen(String path, Headers headers) {}

    final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
    /** How many of the next answers to break off in the middle of the body. */
    final AtomicInteger cuts = new AtomicInteger();
    /** How many of the next answers to be status 503. */
    final AtomicInteger busy = new AtomicInteger();

    volatile boolean ranges = true;
    volatile boolean silent;
    volatile String requiredAuthorization = "";

    private final HttpServer server;
    private final Map<String, byte[]> bodies = new ConcurrentHashMap<>();
    private final Map<String, Map<String, String>> extraHeaders = new ConcurrentHashMap<>();

    FakeHost() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "fake-host");
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::handle);
        server.start();
    }

    String address() {
        return "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    String addressWithUser(String user) {
        return address().replace("http://", "http://" + user + "@");
    }

    void put(String path, byte[] body) {
        bodies.put(path, body);
    }

    void put(String path, byte[] body, Map<String, String> headers) {
        put(path, body);
        extraHeaders.put(path, headers);
    }

    void redirect(String path, String location, Map<String, String> headers) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("Location", location);
        put(path, new byte[0], all);
    }

    /** Puts a package with one wheel on the index, addressed relative to the index page. */
    void putPackage(String name, String version, byte[] wheel, String announcedHash) {
        String file = name.replace('-', '_') + "-" + version + "-py3-none-any.whl";
        put("/files/" + file, wheel, Map.of("ETag", "\"" + sha256(wheel) + "\""));
        put(
                "/simple/" + name + "/",
                ("{\"files\": [{\"filename\": \"" + file + "\", \"size\": " + wheel.length
                                + ", \"hashes\": {\"sha256\": \"" + announcedHash + "\"}, \"url\": \"../../files/"
                                + file
                                + "#sha256=" + announcedHash + "\"}]}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    List<String> paths() {
        synchronized (seen) {
            return seen.stream().map(Seen::path).toList();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            seen.add(new Seen(path, exchange.getRequestHeaders()));
            byte[] body = bodies.get(path);
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (!requiredAuthorization.isEmpty() && !requiredAuthorization.equals(authorization)) {
                exchange.sendResponseHeaders(401, -1);
            } else if (busy.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                exchange.sendResponseHeaders(503, -1);
            } else if (body == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                send(exchange, path, body);
            }
        }
    }

    private void send(HttpExchange exchange, String path, byte[] body) throws IOException {
        Map<String, String> extra = extraHeaders.getOrDefault(path, Map.of());
        extra.forEach(exchange.getResponseHeaders()::set);
        if (extra.containsKey("Location")) {
            exchange.sendResponseHeaders(302, -1);
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        boolean partial = ranges && range != null && (condition == null || condition.equals(extra.get("ETag")));
        int from = partial ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
        if (from >= body.length && partial) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (partial) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (body.length - 1) + "/" + body.length);
        }
        byte[] rest = Arrays.copyOfRange(body, from, body.length);
        exchange.sendResponseHeaders(partial ? 206 : 200, rest.length == 0 ? -1 : rest.length);
        boolean file = path.startsWith("/files/") || path.contains("/resolve/");
        boolean cut = file && cuts.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
        OutputStream out = exchange.getResponseBody();
        out.write(rest, 0, cut || silent ? rest.length / 2 : rest.length);
        out.flush();
        if (silent) {
            await();
        }
        if (!cut && !silent) {
            out.close();
        }
    }

    private static void await() {
        try {
            Thread.sleep(2000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    static byte[] wheel(String member, byte[] content) throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        members.put("pack/__init__.py", new byte[0]);
        members.put(member, content);
        return zip(members);
    }

    /** A wheel of members and their texts; a name that ends in a slash is a folder. */
    static byte[] wheel(Map<String, String> members) throws IOException {
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        members.forEach((name, text) -> bytes.put(name, text.getBytes(StandardCharsets.UTF_8)));
        return zip(bytes);
    }

    private static byte[] zip(Map<String, byte[]> members) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                zip.putNextEntry(new ZipEntry(member.getKey()));
                zip.write(member.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
