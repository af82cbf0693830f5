package dev.sluice.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CachedEncoderTests {
    private final Counting plain = new Counting();

    /** Encodes a text as its length and its hash, and remembers what it was asked. */
    private static final class Counting implements SentenceEncoder {
        final List<String> asked = Collections.synchronizedList(new ArrayList<>());
        boolean closed;

        @Override
        public int width() {
            return 2;
        }

        @Override
        public String fingerprint() {
            return "f";
        }

        @Override
        public float[] encode(String text) {
            asked.add(text);
            if (text.equals("bad")) {
                throw new IllegalStateException("no vector");
            }
            return new float[] {text.length(), text.hashCode()};
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void a_text_is_encoded_once_and_counted() {
        CachedEncoder cache = new CachedEncoder(plain, 10);

        float[] first = cache.encode("word");
        float[] again = cache.encode("word");

        assertThat(again).isEqualTo(first).isEqualTo(new float[] {4, "word".hashCode()});
        assertThat(plain.asked).containsExactly("word");
        assertThat(cache.hits()).isEqualTo(1);
        assertThat(cache.misses()).isEqualTo(1);
        assertThat(cache.width()).isEqualTo(2);
        assertThat(cache.fingerprint()).isEqualTo("f");
    }

    @Test
    void the_text_asked_for_longest_ago_goes_first() {
        CachedEncoder cache = new CachedEncoder(plain, 2);
        cache.encode("a");
        cache.encode("b");
        cache.encode("a");
        cache.encode("c");
        plain.asked.clear();

        cache.encode("a");
        cache.encode("c");
        cache.encode("b");

        assertThat(plain.asked).containsExactly("b");
    }

    @Test
    void who_changes_a_vector_changes_his_own() {
        CachedEncoder cache = new CachedEncoder(plain, 2);
        cache.encode("word")[0] = 99;
        cache.encode("word")[0] = 99;

        assertThat(cache.encode("word")[0]).isEqualTo(4);
    }

    @Test
    void a_failure_is_not_remembered() {
        CachedEncoder cache = new CachedEncoder(plain, 2);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> cache.encode("bad")).isInstanceOf(IllegalStateException.class);
        }
        assertThat(plain.asked).hasSize(2);
    }

    @Test
    void many_threads_get_the_vectors_of_their_texts() throws Exception {
        CachedEncoder cache = new CachedEncoder(plain, 7);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        String text = "text " + i % 11;
                        assertThat(cache.encode(text)[1]).isEqualTo(text.hashCode());
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(cache.hits() + cache.misses()).isEqualTo(8_000);
        assertThat(cache.misses()).isEqualTo(plain.asked.size());
    }

    @Test
    void closing_closes_the_encoder_and_a_cache_of_nothing_is_refused() {
        new CachedEncoder(plain, 1).close();

        assertThat(plain.closed).isTrue();
        assertThatThrownBy(() -> new CachedEncoder(plain, 0)).hasMessageContaining("at least one");
    }
}
