package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.engine.TurnClock.Phase;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Every nanosecond of a turn belongs to one phase. */
class TurnClockTests {
    @Test
    void each_phase_gets_the_time_until_the_next_and_waiting_counts_nowhere() {
        AtomicLong now = new AtomicLong(1000);
        TurnClock clock = new TurnClock(now::get);
        TurnTimes before = clock.times();
        long step = 1;
        for (Phase phase : Phase.values()) {
            clock.enter(phase);
            now.addAndGet(step);
            step *= 10;
        }
        clock.enter(Phase.IDLE);
        clock.countPass();
        TurnTimes times = clock.times().since(before);
        assertThat(times).isEqualTo(new TurnTimes(1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000));
        assertThat(times.total()).isEqualTo(11_111_110);
        assertThat(times.overhead()).isEqualTo(11_111_110 - 1_000 - 10_000);
        assertThat(times.plus(times).since(times)).isEqualTo(times);
        assertThat(before.overheadShare()).isZero();
    }

    @Test
    void the_engine_counts_every_reading_of_its_clock_and_every_pass() {
        ByteTokenizer tokenizer = new ByteTokenizer();
        AtomicLong ticks = new AtomicLong();
        EngineSettings settings =
                new EngineSettings(2, 400, 2, Duration.ofSeconds(60), Duration.ofSeconds(5), 16, List.of("random"), 4);
        Engine engine = new Engine(
                new ToyModel(ToyModel.Settings.of(tokenizer.vocabulary(), 1)),
                tokenizer.vocabulary(),
                settings,
                PolicySet::empty,
                (scope, names, noise, prompt) ->
                        ScriptedDrafters.random(tokenizer.vocabulary().size(), 3),
                ticks::incrementAndGet);
        int passes;
        try (engine) {
            Answers answers = Answers.of(engine.submit(Requests.greedy(tokenizer.encode("the cat", false), 12)))
                    .await();
            passes = answers.report().passes();
        }
        TurnTimes times = engine.turnTimes();
        assertThat(times.passes()).isEqualTo(passes);
        assertThat(List.of(times.draft(), times.forward(), times.rank(), times.walk(), times.release(), times.free()))
                .as("one tick a phase and pass")
                .allMatch(spent -> spent == passes);
        assertThat(times.schedule()).isGreaterThan(passes);
    }
}
