package dev.sluice.hook.phrase;

import static dev.sluice.hook.phrase.PhraseRule.Match.EXACT;
import static dev.sluice.hook.phrase.PhraseRule.Match.FOLDED;
import static dev.sluice.hook.phrase.PhraseRule.Match.LOOSE;
import static dev.sluice.hook.phrase.PhraseRule.OnMatch.REJECT;
import static dev.sluice.hook.phrase.PhraseRule.OnMatch.REWIND;
import static dev.sluice.hook.phrase.Pieces.ban;
import static dev.sluice.hook.phrase.Pieces.bytewise;
import static dev.sluice.hook.phrase.Pieces.compile;
import static dev.sluice.hook.phrase.Pieces.pattern;
import static dev.sluice.hook.phrase.Pieces.pieces;
import static dev.sluice.hook.phrase.Pieces.reject;
import static dev.sluice.hook.phrase.Pieces.rewind;
import static dev.sluice.hook.phrase.Pieces.run;
import static dev.sluice.hook.phrase.Pieces.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.Verdict;
import dev.sluice.hook.HookState;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class PhraseHookTests {
    private static final Pieces.Outcome ACCEPTED = new Pieces.Outcome(-1, Verdict.ACCEPT);

    @Test
    void every_tokenisation_of_a_phrase_is_stopped_at_the_token_of_its_last_byte() {
        PhraseHook hook = compile(ban(FOLDED, REWIND, false, "Nïghtjar"));
        byte[] bytes = utf8("aNïghtJAR");
        for (long cuts = 0; cuts < 1L << (bytes.length - 1); cuts++) {
            BitSet where = BitSet.valueOf(new long[] {cuts});
            List<byte[]> pieces = Pieces.cut(bytes, where);
            int first = where.get(0) ? 1 : 0;
            assertThat(run(hook, List.of(), pieces, false))
                    .as("cuts %s", where)
                    .isEqualTo(new Pieces.Outcome(pieces.size() - 1, rewind(first, "ban")));
        }
    }

    @Test
    void a_match_inside_one_token_rewinds_to_that_token() {
        PhraseHook hook = compile(ban(FOLDED, REWIND, false, "night"));
        assertThat(run(hook, List.of(), pieces("one ", "knights"), false))
                .isEqualTo(new Pieces.Outcome(1, rewind(1, "ban")));
    }

    @Test
    void of_several_completed_matches_the_earliest_start_counts() {
        PhraseHook hook = compile(ban(EXACT, REWIND, false, "cd", "abcde"));
        assertThat(run(hook, List.of(), pieces("a", "b", "cde"), false))
                .isEqualTo(new Pieces.Outcome(2, rewind(0, "ban")));
    }

    @Test
    void a_reject_wins_over_a_rewind() {
        PhraseRule hard = new PhraseRule(Pieces.id("hard"), List.of("cd"), null, EXACT, REJECT, false, null, 64);
        PhraseHook hook = compile(ban(FOLDED, REWIND, false, "abcd"), hard);
        assertThat(run(hook, List.of(), pieces("ab", "cd"), false)).isEqualTo(new Pieces.Outcome(1, reject("hard")));
    }

    @Test
    void a_match_that_began_in_the_prompt_is_rejected() {
        PhraseHook hook = compile(ban(FOLDED, REWIND, false, "Project Nightjar"));
        assertThat(run(hook, pieces("about project  "), pieces(" night", "jar"), false))
                .isEqualTo(new Pieces.Outcome(1, reject("ban")));
        assertThat(run(hook, pieces("project nightjar"), pieces(" night", "jar"), false))
                .isEqualTo(ACCEPTED);
    }

    @Test
    void a_control_token_ends_the_text_before_it() {
        PhraseHook hook = compile(ban(FOLDED, REJECT, false, "nightjar"));
        HookState state = Pieces.start(hook, List.of(), pieces("night", "jar"));
        int control = 2;
        int endOfTurn = 3;
        assertThat(state.after(0).judge(1, false)).isEqualTo(reject("ban"));
        assertThat(state.after(0).after(control).judge(1, false)).isEqualTo(Verdict.ACCEPT);
        assertThat(state.after(0).after(endOfTurn).judge(1, false)).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void a_character_cut_between_prompt_and_answer_belongs_to_the_prompt() {
        PhraseHook hook = compile(ban(EXACT, REWIND, false, "éa"));
        byte[] bytes = utf8("éa");
        List<byte[]> prompt = List.of(new byte[] {bytes[0]});
        assertThat(run(hook, prompt, List.of(new byte[] {bytes[1]}, new byte[] {bytes[2]}), false))
                .isEqualTo(new Pieces.Outcome(1, reject("ban")));
    }

    @Test
    void a_whole_word_completes_with_the_character_behind_it() {
        PhraseHook hook = compile(ban(FOLDED, REWIND, true, "night"));
        assertThat(run(hook, List.of(), pieces("a ", "nig", "ht", ", "), false))
                .isEqualTo(new Pieces.Outcome(3, rewind(1, "ban")));
        assertThat(run(hook, List.of(), pieces("a ", "nig", "ht", "s "), true)).isEqualTo(ACCEPTED);
        assertThat(run(hook, List.of(), pieces("k", "night", " "), true)).isEqualTo(ACCEPTED);
        assertThat(run(hook, pieces("k"), pieces("night", " "), true)).isEqualTo(ACCEPTED);
        assertThat(run(hook, pieces("k "), pieces("night", " "), true))
                .isEqualTo(new Pieces.Outcome(1, rewind(0, "ban")));
    }

    @Test
    void the_end_of_the_text_is_a_boundary() {
        PhraseHook word = compile(ban(FOLDED, REWIND, true, "night"));
        PhraseHook boundary = compile(pattern(FOLDED, REWIND, "\\bnight\\b"));
        PhraseHook end = compile(pattern(FOLDED, REWIND, "night$"));
        for (PhraseHook hook : List.of(word, boundary, end)) {
            String rule = hook == word ? "ban" : "pattern";
            assertThat(run(hook, List.of(), pieces("a ", "night"), false)).isEqualTo(ACCEPTED);
            assertThat(run(hook, List.of(), pieces("a ", "night"), true))
                    .isEqualTo(new Pieces.Outcome(1, rewind(1, rule)));
            HookState state = Pieces.start(hook, List.of(), pieces("a ", "night"))
                    .after(0)
                    .after(1);
            int endOfTurn = 3;
            assertThat(state.judge(endOfTurn, false)).isEqualTo(rewind(1, rule));
            assertThat(state.heldFrom()).isEqualTo(1);
        }
    }

    @Test
    void an_unfinished_character_at_the_end_is_a_replacement_character() {
        PhraseHook hook = compile(ban(EXACT, REWIND, false, "a\uFFFD"));
        List<byte[]> pieces = List.of(utf8("a"), new byte[] {(byte) 0xE2});
        assertThat(run(hook, List.of(), pieces, false)).isEqualTo(ACCEPTED);
        assertThat(run(hook, List.of(), pieces, true)).isEqualTo(new Pieces.Outcome(1, rewind(0, "ban")));
    }

    @Test
    void the_beginning_is_that_of_the_answer() {
        PhraseHook hook = compile(pattern(FOLDED, REJECT, "^sure"));
        assertThat(run(hook, pieces("assistant\n"), pieces("Su", "re"), false))
                .isEqualTo(new Pieces.Outcome(1, reject("pattern")));
        assertThat(run(hook, pieces("assistant\n"), pieces("I am", " sure"), true))
                .isEqualTo(ACCEPTED);
    }

    @Test
    void text_is_held_from_the_token_of_the_first_live_match() {
        PhraseHook hook = compile(ban(FOLDED, REWIND, false, "nightjar", "tar"), ban(EXACT, REJECT, false, "xylo"));
        HookState state = Pieces.start(hook, List.of(), pieces("xyl", "a ni", "ght", "!", "a"));
        assertThat(state.heldFrom()).isEqualTo(HookState.NOTHING_HELD);
        state = state.after(0);
        assertThat(state.heldFrom()).isEqualTo(HookState.NOTHING_HELD);
        state = state.after(1).after(2);
        assertThat(state.heldFrom()).isEqualTo(1);
        assertThat(state.after(3).heldFrom()).isEqualTo(HookState.NOTHING_HELD);
        assertThat(state.after(4).heldFrom()).isEqualTo(2);
    }

    @Test
    void unfinished_characters_are_held_where_a_rule_rewinds() {
        List<byte[]> pieces = List.of(new byte[] {(byte) 0xC3}, new byte[] {(byte) 0xA9});
        HookState rewinding = Pieces.start(compile(ban(EXACT, REWIND, false, "x")), List.of(), pieces);
        assertThat(rewinding.after(0).heldFrom()).isZero();
        assertThat(rewinding.after(0).after(1).heldFrom()).isEqualTo(HookState.NOTHING_HELD);
        HookState rejecting = Pieces.start(compile(ban(EXACT, REJECT, false, "x")), List.of(), pieces);
        assertThat(rejecting.after(0).heldFrom()).isEqualTo(HookState.NOTHING_HELD);
    }

    @Test
    void a_run_of_more_than_sixteen_blanks_inside_a_rewind_match_is_rejected() {
        PhraseHook hook = compile(ban(FOLDED, REWIND, false, "project nightjar"));
        assertThat(run(hook, List.of(), pieces("project", " ".repeat(16), "nightjar"), false))
                .isEqualTo(new Pieces.Outcome(2, rewind(0, "ban")));
        assertThat(run(hook, List.of(), pieces("project", " ".repeat(10), " \u200B\n".repeat(2), " "), false))
                .isEqualTo(new Pieces.Outcome(3, reject("ban")));
        assertThat(run(hook, List.of(), pieces("projects", " ".repeat(40)), false))
                .isEqualTo(ACCEPTED);
        PhraseHook rejecting = compile(ban(FOLDED, REJECT, false, "project nightjar"));
        assertThat(run(rejecting, List.of(), pieces("project", " ".repeat(100), "nightjar"), false))
                .isEqualTo(new Pieces.Outcome(2, reject("ban")));
    }

    @Test
    void a_long_run_of_signs_ends_a_loose_match() {
        PhraseHook hook = compile(ban(LOOSE, REWIND, false, "night"));
        assertThat(run(hook, List.of(), pieces("in", "-".repeat(16), "ight"), false))
                .isEqualTo(new Pieces.Outcome(2, rewind(0, "ban")));
        HookState state = Pieces.start(hook, List.of(), pieces("in", "-".repeat(17)));
        assertThat(state.after(0).judge(1, false)).isEqualTo(Verdict.ACCEPT);
        assertThat(state.after(0).after(1).heldFrom()).isEqualTo(HookState.NOTHING_HELD);
    }

    @Test
    void a_pattern_with_a_max_length_matches_up_to_it() {
        PhraseRule rule = new PhraseRule(Pieces.id("far"), List.of(), "ab.*yz", EXACT, REWIND, false, 8, 64);
        PhraseHook hook = compile(rule);
        assertThat(run(hook, List.of(), bytewise("-ab1234yz"), false))
                .isEqualTo(new Pieces.Outcome(8, rewind(1, "far")));
        assertThat(run(hook, List.of(), bytewise("-ab12345yz"), false)).isEqualTo(ACCEPTED);
        assertThat(run(hook, List.of(), bytewise("ab12ab34yz"), false))
                .isEqualTo(new Pieces.Outcome(9, rewind(4, "far")));
        assertThat(hook.holdBack()).isEqualTo(8);
        HookState state = Pieces.start(hook, List.of(), bytewise("ab123456"));
        for (int i = 0; i < 8; i++) {
            assertThat(state.heldFrom()).isEqualTo(i == 0 ? HookState.NOTHING_HELD : 0);
            state = state.after(i);
        }
        assertThat(state.after(0).heldFrom()).isEqualTo(8);
    }

    @Test
    void hold_back_counts_the_characters_that_may_be_skipped() {
        assertThat(compile(ban(EXACT, REWIND, false, "abc")).holdBack()).isEqualTo(3);
        assertThat(compile(ban(FOLDED, REWIND, false, "abc", "ﬁ")).holdBack()).isEqualTo(51);
        assertThat(compile(ban(FOLDED, REJECT, false, "abc")).holdBack()).isZero();
        assertThat(compile(pattern(EXACT, REWIND, "a{2,5}b?")).holdBack()).isEqualTo(6);
    }

    @Test
    void a_state_goes_on_behind_a_match_that_was_emitted_after_all() {
        PhraseHook hook = compile(ban(EXACT, REWIND, false, "aba"));
        HookState state = Pieces.start(hook, List.of(), bytewise("ababa"));
        for (int i = 0; i < 4; i++) {
            state = state.after(i);
        }
        assertThat(state.judge(4, false)).isEqualTo(rewind(2, "ban"));
    }

    @Test
    void no_rules_accept_everything() {
        PhraseHook hook = PhraseHook.compile(List.of());
        assertThat(run(hook, pieces("a"), pieces("b"), true)).isEqualTo(ACCEPTED);
        assertThat(hook.holdBack()).isZero();
    }
}
