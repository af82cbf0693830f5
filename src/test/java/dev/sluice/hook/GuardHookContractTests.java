package dev.sluice.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.Verdict;
import dev.sluice.model.TokenMask;
import dev.sluice.token.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link GuardHook} owes, whatever it guards. */
public abstract class GuardHookContractTests {
    private static final int WALKS = 60;
    private static final int LENGTH = 40;

    /** The hook under test, freshly compiled. */
    protected abstract GuardHook hook();

    /** The tokens to walk with. */
    protected abstract Vocabulary vocabulary();

    /** A token that a walk is likely to make something of; any token of the vocabulary. */
    protected abstract int draw(Random random);

    @Test
    void the_same_tokens_give_the_same_answers_in_every_hook_state_and_thread() throws Exception {
        GuardHook shared = hook();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<List<List<String>>>> walks = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Callable<List<List<String>>> all = () -> walkAll(shared);
                walks.add(threads.submit(all));
            }
            List<List<String>> alone = walkAll(hook());
            for (Future<List<List<String>>> walk : walks) {
                assertThat(walk.get()).isEqualTo(alone);
            }
        } catch (ExecutionException e) {
            throw new AssertionError("a hook never throws", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_state_stays_valid_whatever_is_tried_behind_it() {
        GuardHook hook = hook();
        for (int seed = 0; seed < WALKS; seed++) {
            Random random = new Random(seed);
            HookState straight = start(hook, random);
            HookState winding = straight;
            for (int i = 0; i < LENGTH; i++) {
                for (int detours = random.nextInt(4); detours > 0; detours--) {
                    HookState detour = winding;
                    for (int steps = 1 + random.nextInt(5); steps > 0; steps--) {
                        int tried = draw(random);
                        detour.judge(tried, random.nextBoolean());
                        detour = detour.after(tried);
                        detour.heldFrom();
                    }
                }
                int probe = draw(random);
                assertThat(describe(winding, probe))
                        .as("seed %d, step %d", seed, i)
                        .isEqualTo(describe(straight, probe));
                int token = draw(random);
                straight = straight.after(token);
                winding = winding.after(token);
            }
        }
    }

    @Test
    void every_token_is_answered_at_every_place() {
        GuardHook hook = hook();
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            HookState state = start(hook, random);
            for (int i = 0; i < 10; i++) {
                for (int token = 0; token < vocabulary().size(); token++) {
                    assertThat(state.judge(token, false)).isNotNull();
                    assertThat(state.judge(token, true)).isNotNull();
                    assertThat(state.after(token).forced()).isNotNull();
                }
                state = state.after(draw(random));
            }
        }
    }

    @Test
    void a_mask_forbids_only_what_is_rejected_and_is_the_same_at_the_same_place() {
        GuardHook hook = hook();
        for (int seed = 0; seed < 10; seed++) {
            Random random = new Random(seed);
            HookState state = start(hook, random);
            for (int i = 0; i < LENGTH; i++) {
                @Nullable TokenMask mask = state.mask();
                assertThat(state.mask()).isSameAs(mask);
                if (mask != null) {
                    for (int token = 0; token < vocabulary().size(); token++) {
                        if (mask.forbids(token)) {
                            assertThat(state.judge(token, false))
                                    .as("seed %d, step %d, token %d", seed, i, token)
                                    .isInstanceOf(Verdict.Reject.class);
                        }
                    }
                }
                state = state.after(draw(random));
            }
        }
    }

    @Test
    void text_is_held_from_a_position_that_exists_and_released_only_once() {
        GuardHook hook = hook();
        for (int seed = 0; seed < WALKS; seed++) {
            Random random = new Random(seed);
            HookState state = start(hook, random);
            int released = 0;
            for (int i = 0; i < LENGTH; i++) {
                int token = draw(random);
                if (state.judge(token, false) instanceof Verdict.Rewind rewind) {
                    assertThat(rewind.position())
                            .as("seed %d, step %d", seed, i)
                            .isBetween(released, i);
                    break;
                }
                state = state.after(token);
                int held = state.heldFrom();
                assertThat(held).as("seed %d, step %d", seed, i).isNotNegative();
                assertThat(held == HookState.NOTHING_HELD || held <= i).isTrue();
                released = Math.max(released, Math.min(held, i + 1));
            }
        }
    }

    private List<List<String>> walkAll(GuardHook hook) {
        List<List<String>> walks = new ArrayList<>();
        for (int seed = 0; seed < WALKS; seed++) {
            Random random = new Random(seed);
            HookState state = start(hook, random);
            List<String> walk = new ArrayList<>();
            for (int i = 0; i < LENGTH; i++) {
                walk.add(describe(state, draw(random)));
                state = state.after(draw(random));
            }
            walks.add(walk);
        }
        return walks;
    }

    private HookState start(GuardHook hook, Random random) {
        return hook.start(new PromptContext(
                vocabulary(),
                random.ints(random.nextInt(6), 0, vocabulary().size()).toArray()));
    }

    private static String describe(HookState state, int token) {
        @Nullable TokenMask mask = state.mask();
        return state.judge(token, false) + " " + state.judge(token, true) + " " + state.heldFrom() + " "
                + (mask == null ? 0 : mask.count());
    }
}
