package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.hook.HookState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReleaseWindowTests {
    private final ReleaseWindow window = new ReleaseWindow(3);

    private static ReleasedToken token(int id, byte[] bytes) {
        return new ReleasedToken(id, bytes, null, null);
    }

    private void add(int id, String text) {
        window.add(token(id, text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void release_nothingHeld_givesTextAndIdsTogether() {
        add(1, "a");
        add(2, "b");
        GenerationEvent.Delta delta = window.release(HookState.NOTHING_HELD, 0, Gaps.NONE);
        assertThat(delta.choice()).isEqualTo(3);
        assertThat(delta.text()).isEqualTo("ab");
        assertThat(delta.tokens()).extracting(ReleasedToken::id).containsExactly(1, 2);
        assertThat(window.release(HookState.NOTHING_HELD, 0, Gaps.NONE)).isNull();
    }

    @Test
    void release_guardHolds_keepsWholeTokens() {
        add(1, "a");
        add(2, "b");
        assertThat(window.release(1, 0, Gaps.NONE).text()).isEqualTo("a");
        assertThat(window.release(1, 0, Gaps.NONE)).isNull();
    }

    @Test
    void release_stopStringMayFollow_keepsTheTokensThatHoldItsBytes() {
        add(1, "hello wor");
        add(2, "ld S");
        add(3, "T");
        assertThat(window.release(HookState.NOTHING_HELD, 2, Gaps.NONE).text()).isEqualTo("hello wor");
    }

    @Test
    void finish_stopString_cutsTextButNotIds() {
        add(1, "x");
        add(2, "ySTO");
        add(3, "P");
        GenerationEvent.Delta delta = window.finish(HookState.NOTHING_HELD, 4, Gaps.NONE);
        assertThat(delta.text()).isEqualTo("xy");
        assertThat(delta.tokens()).extracting(ReleasedToken::id).containsExactly(1, 2, 3);
    }

    @Test
    void finish_begunMatch_isDroppedFromEveryChannel() {
        add(1, "x");
        add(2, "Night");
        GenerationEvent.Delta delta = window.finish(1, 0, Gaps.NONE);
        assertThat(delta.text()).isEqualTo("x");
        assertThat(delta.tokens()).extracting(ReleasedToken::id).containsExactly(1);
        assertThat(window.released()).isEqualTo(1);
    }

    @Test
    void withheldTokens_neverLeave() {
        add(1, "x");
        add(2, "Night");
        add(3, " sky");
        assertThat(window.release(HookState.NOTHING_HELD, 0, Gaps.NONE.with(1, 2))
                        .text())
                .isEqualTo("x sky");
        assertThat(window.released()).isEqualTo(2);
    }

    @Test
    void truncate_behindWhatWasReleased_isADefect() {
        add(1, "x");
        window.release(HookState.NOTHING_HELD, 0, Gaps.NONE);
        assertThatThrownBy(() -> window.truncate(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anyBytesInAnySplit_giveTheTextOfTheWhole() {
        long seed = 20261124;
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            ReleaseWindow fresh = new ReleaseWindow(0);
            byte[] all = bytes(random);
            StringBuilder text = new StringBuilder();
            for (int from = 0; from < all.length; ) {
                int to = Math.min(all.length, from + 1 + random.nextInt(3));
                fresh.add(token(1, java.util.Arrays.copyOfRange(all, from, to)));
                GenerationEvent.Delta delta = fresh.release(HookState.NOTHING_HELD, 0, Gaps.NONE);
                text.append(delta == null ? "" : delta.text());
                from = to;
            }
            GenerationEvent.Delta rest = fresh.finish(HookState.NOTHING_HELD, 0, Gaps.NONE);
            text.append(rest == null ? "" : rest.text());
            assertThat(text.toString())
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(new String(all, StandardCharsets.UTF_8));
        }
    }

    private static byte[] bytes(Random random) {
        List<String> parts = List.of("a", "é", "日", "😀", "\u0301");
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (int i = 0; i < 1 + random.nextInt(8); i++) {
            if (random.nextInt(4) == 0) {
                out.write(random.nextInt(256));
            } else {
                out.writeBytes(parts.get(random.nextInt(parts.size())).getBytes(StandardCharsets.UTF_8));
            }
        }
        return out.toByteArray();
    }
}
