package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStateTests {
    private static StopState feed(StopState state, String text) {
        return state.after(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void stopString_acrossTokens_isFound() {
        StopState state = feed(feed(StopState.of(List.of("STOP")), "xS"), "TO");
        assertThat(state.completed()).isFalse();
        assertThat(state.pendingBytes()).isEqualTo(3);
        state = feed(state, "P!");
        assertThat(state.completed()).isTrue();
        assertThat(state.matchedBytes()).isEqualTo(5);
    }

    @Test
    void severalStopStrings_theEarliestStartCounts() {
        StopState state = feed(StopState.of(List.of("c", "bcd")), "abcd");
        assertThat(state.matchedBytes()).isEqualTo(3);
    }

    @Test
    void theEarlierState_staysValid() {
        StopState state = feed(StopState.of(List.of("ab")), "a");
        assertThat(feed(state, "b").completed()).isTrue();
        assertThat(feed(state, "x").completed()).isFalse();
        assertThat(feed(state, "b").completed()).isTrue();
    }

    @Test
    void anySplit_findsWhatIndexOfFinds() {
        long seed = 7;
        Random random = new Random(seed);
        for (int round = 0; round < 3000; round++) {
            List<String> stops = List.of(word(random, 1 + random.nextInt(4)), word(random, 1 + random.nextInt(4)));
            StopState state = StopState.of(stops);
            StringBuilder text = new StringBuilder();
            while (text.length() < 12 && !state.completed()) {
                String piece = word(random, 1 + random.nextInt(3));
                text.append(piece);
                state = feed(state, piece);
            }
            int first = stops.stream()
                    .mapToInt(text::indexOf)
                    .filter(at -> at >= 0)
                    .min()
                    .orElse(text.length());
            assertThat(state.matchedBytes())
                    .as("seed %d round %d: %s in %s", seed, round, stops, text)
                    .isEqualTo(text.length() - first);
        }
    }

    private static String word(Random random, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(2)));
        }
        return word.toString();
    }
}
