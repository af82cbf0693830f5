package dev.sluice.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.draft.TokenTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The walk goes where the choices lead, and nowhere else. */
class TreeWalkTests {
    /** 5 under the root with children 6 and 7, and 8 beside it; 9 under 7. */
    private static final TokenTree TREE = new TokenTree(
            new int[] {5, 6, 7, 8, 9}, new int[] {-1, 0, 0, -1, 2}, new double[] {1, 1, 1, 1, 1}, new String[] {
                "a", "a", "a", "a", "a"
            });

    private static Choice choice(int token) {
        return new Choice(token, Verdict.ACCEPT, token, List.of());
    }

    @Test
    void it_goes_down_while_a_child_carries_the_choice_and_asks_only_there() {
        List<Integer> asked = new ArrayList<>();
        List<Integer> emitted = new ArrayList<>();
        Map<Integer, Integer> law = Map.of(TreeWalk.ROOT, 5, 0, 7, 2, 9, 4, 0);
        int[] path = TreeWalk.walk(
                TREE,
                node -> {
                    asked.add(node);
                    return choice(law.getOrDefault(node, Choice.NONE));
                },
                (node, choice, child) -> emitted.add(choice.token()));
        assertThat(path).containsExactly(0, 2, 4);
        assertThat(asked).containsExactly(-1, 0, 2, 4);
        assertThat(emitted).containsExactly(5, 7, 9, 0);
    }

    @Test
    void an_empty_tree_yields_one_choice() {
        List<Integer> emitted = new ArrayList<>();
        int[] path = TreeWalk.walk(
                TokenTree.empty(), node -> choice(3), (node, choice, child) -> emitted.add(choice.token()));
        assertThat(path).isEmpty();
        assertThat(emitted).containsExactly(3);
    }

    @Test
    void the_emitter_stops_it() {
        int[] path = TreeWalk.walk(TREE, node -> choice(5), (node, choice, child) -> false);
        assertThat(path).isEmpty();
    }

    @Test
    void a_rewind_and_a_dead_end_stop_it() {
        List<Integer> children = new ArrayList<>();
        Choice back = new Choice(5, new Verdict.Rewind(0, 0, 64, new RuleId("p", "r")), 5, List.of());
        for (Choice last : List.of(back, choice(Choice.NONE))) {
            TreeWalk.walk(TREE, node -> last, (node, choice, child) -> children.add(child));
        }
        assertThat(children).containsExactly(TreeWalk.NO_NODE, TreeWalk.NO_NODE);
    }
}
