package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.model.CacheScope;
import dev.sluice.testkit.Series;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who holds the KV pages, against a naive account of it. */
class KvPoolTests {
    private static final int PAGES = 12;
    private static final int STEPS = 60_000;

    @Test
    void lanes_that_take_publish_share_and_give_back_agree_with_the_naive_twin() {
        for (int seed : Series.of("kv-pages", 4, 130)) {
            new Duel(seed).run();
        }
    }

    @Test
    void giving_back_too_often_and_taking_too_much_are_told() {
        KvPool pool = new KvPool(1);
        KvPage page = pool.take();
        assertThatIllegalStateException().isThrownBy(pool::take).withMessageContaining("no KV page");
        pool.give(page);
        assertThatIllegalStateException().isThrownBy(() -> pool.give(page)).withMessageContaining("more often");
    }

    @Test
    void the_page_given_back_longest_ago_goes_first_and_only_when_none_is_free() {
        KvPool pool = new KvPool(3);
        CacheScope scope = new CacheScope("", "");
        List<KvPage.Key> keys = new ArrayList<>();
        for (int content = 0; content < 2; content++) {
            keys.add(new KvPage.Key(scope, tokens(content)));
            pool.give(pool.publish(pool.take(), keys.get(content)));
        }
        pool.give(Objects.requireNonNull(pool.share(keys.get(0))));
        assertThat(pool.take().number()).isEqualTo(2);
        assertThat(pool.take().number()).isEqualTo(1);
        assertThat(pool.share(keys.get(1))).isNull();
        assertThat(pool.share(keys.get(0))).isNotNull();
        assertThat(pool.free()).isZero();
    }

    private static int[] tokens(int content) {
        int[] tokens = new int[KvPool.PAGE];
        tokens[KvPool.PAGE - 1] = content;
        return tokens;
    }

    /** A lane: its pages, published ones first, and what each holds, the scope in front. */
    private static final class Lane {
        final List<KvPage> pages = new ArrayList<>();
        final List<Integer> contents = new ArrayList<>();
        int published;
    }

    /** The pool and its twin: holders by number, what is shared by all that is before it, and the order of return. */
    private static final class Duel {
        private final long seed;
        private final Random random;
        private final KvPool pool = new KvPool(PAGES);
        private final List<Lane> lanes = new ArrayList<>();
        private final Map<Integer, Integer> holders = new HashMap<>();
        private final Map<List<Integer>, Integer> shared = new HashMap<>();
        private final List<Integer> idle = new ArrayList<>();
        private int shares;
        private int drops;

        Duel(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                act();
                assertThat(pool.free())
                        .as("free pages, seed %d, step %d", seed, step)
                        .isEqualTo(PAGES - holders.size());
                assertThat(pool.idle())
                        .as("idle pages, seed %d, step %d", seed, step)
                        .isEqualTo(idle.size());
                Set<List<Integer>> orphans = new HashSet<>(shared.keySet());
                orphans.removeIf(
                        prefix -> prefix.size() == 2 || shared.containsKey(prefix.subList(0, prefix.size() - 1)));
                assertThat(orphans)
                        .as("pages out of reach, seed %d, step %d", seed, step)
                        .isEmpty();
            }
            assertThat(shares).isPositive();
            assertThat(drops).isPositive();
            lanes.forEach(lane -> giveBack(lane, 0));
            assertThat(pool.free()).isEqualTo(PAGES);
            Set<Integer> all = new HashSet<>();
            for (int i = 0; i < PAGES; i++) {
                all.add(pool.take().number());
            }
            assertThat(all).hasSize(PAGES);
        }

        private void act() {
            if (lanes.isEmpty() || (lanes.size() < 4 && random.nextInt(6) == 0)) {
                Lane lane = new Lane();
                lane.contents.add(random.nextInt(2));
                lanes.add(lane);
                adopt(lane);
                return;
            }
            Lane lane = lanes.get(random.nextInt(lanes.size()));
            int kind = random.nextInt(8);
            if (kind == 0) {
                giveBack(lane, 0);
                lanes.remove(lane);
            } else if (kind == 1) {
                giveBack(lane, random.nextInt(lane.pages.size() + 1));
            } else if (kind == 2) {
                copyLast(lane);
            } else if (lane.published < lane.pages.size()) {
                publish(lane);
            } else if (pool.free() > 0) {
                take(lane);
            }
        }

        private void take(Lane lane) {
            KvPage page = pool.take();
            int expected = 0;
            while (expected < PAGES && (holders.containsKey(expected) || idle.contains(expected))) {
                expected++;
            }
            if (expected == PAGES) {
                expected = idle.remove(0);
                shared.values().remove(expected);
                drops++;
            }
            assertThat(page.number()).as("page taken, seed %d", seed).isEqualTo(expected);
            holders.put(expected, 1);
            lane.pages.add(page);
        }

        private void publish(Lane lane) {
            int index = lane.published++;
            lane.contents.add(random.nextInt(2));
            KvPage before = lane.pages.get(index);
            KvPage page = pool.publish(before, key(lane, index));
            lane.pages.set(index, page);
            List<Integer> prefix = List.copyOf(lane.contents);
            Integer known = shared.get(prefix);
            if (known == null) {
                shared.put(prefix, before.number());
                assertThat(page).isSameAs(before);
            } else {
                assertThat(page.number()).as("page shared, seed %d", seed).isEqualTo(known);
                holders.remove(before.number());
                hold(known);
            }
        }

        private void adopt(Lane lane) {
            while (true) {
                lane.contents.add(random.nextInt(2));
                KvPage page = pool.share(key(lane, lane.published));
                Integer known = shared.get(lane.contents);
                assertThat(page == null ? null : (Integer) page.number())
                        .as("page found, seed %d", seed)
                        .isEqualTo(known);
                if (page == null || known == null) {
                    lane.contents.remove(lane.contents.size() - 1);
                    return;
                }
                hold(known);
                lane.pages.add(page);
                lane.published++;
            }
        }

        /** What a session does that went back into its last published page. */
        private void copyLast(Lane lane) {
            if (lane.published > 0 && lane.published == lane.pages.size()) {
                int last = lane.pages.get(lane.published - 1).number();
                if (pool.free() > 0 || Objects.equals(holders.get(last), 1)) {
                    giveBack(lane, lane.published - 1);
                    take(lane);
                }
            }
        }

        private void giveBack(Lane lane, int kept) {
            while (lane.pages.size() > kept) {
                KvPage page = lane.pages.remove(lane.pages.size() - 1);
                pool.give(page);
                if (holders.merge(page.number(), -1, Integer::sum) == 0) {
                    holders.remove(page.number());
                    if (shared.containsValue(page.number())) {
                        idle.add(page.number());
                    }
                }
                if (lane.published > lane.pages.size()) {
                    lane.published--;
                    lane.contents.remove(lane.contents.size() - 1);
                }
            }
        }

        private void hold(int number) {
            shares++;
            holders.merge(number, 1, Integer::sum);
            idle.remove((Integer) number);
        }

        private static KvPage.Key key(Lane lane, int index) {
            Object parent = index == 0 ? new CacheScope("t" + lane.contents.get(0), "") : lane.pages.get(index - 1);
            return new KvPage.Key(parent, tokens(lane.contents.get(index + 1)));
        }
    }
}
