package dev.sluice.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TokenTrieTests {
    @Test
    void tokens_are_found_by_what_they_begin_with() {
        TokenTrie trie = new TokenTrie(vocabulary("ab", "a", "", "b", "abc", "a"));
        int a = trie.child(0, (byte) 'a');
        int ab = trie.child(a, (byte) 'b');

        assertThat(below(trie, a)).containsExactly(1, 5, 0, 4);
        assertThat(own(trie, a)).containsExactly(1, 5);
        assertThat(own(trie, ab)).containsExactly(0);
        assertThat(trie.child(a, (byte) 'c')).isEqualTo(-1);
        assertThat(own(trie, 0)).isEmpty();
        assertThat(trie.tokens()).isEqualTo(5);
        assertThat(trie.size()).isEqualTo(5);
    }

    @Test
    void an_empty_vocabulary_has_a_root() {
        TokenTrie trie = new TokenTrie(vocabulary());
        assertThat(trie.size()).isEqualTo(1);
        assertThat(trie.child(0, (byte) 'a')).isEqualTo(-1);
    }

    @Test
    void random_vocabularies_agree_with_asking_every_token() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            String[] names = new String[random.nextInt(3000 / (1 + seed % 30)) + 1];
            for (int token = 0; token < names.length; token++) {
                StringBuilder name = new StringBuilder();
                for (int i = random.nextInt(8); i > 0; i--) {
                    name.append((char) (random.nextInt(5) * 63));
                }
                names[token] = name.toString();
            }
            TokenTrie trie = new TokenTrie(vocabulary(names));
            TreeSet<String> prefixes = new TreeSet<>();
            for (String name : names) {
                for (int end = 0; end <= name.length(); end++) {
                    prefixes.add(name.substring(0, end));
                }
            }
            prefixes.add("");
            assertThat(trie.size()).as("seed " + seed).isEqualTo(prefixes.size());
            for (String prefix : prefixes) {
                int node = 0;
                for (byte edge : prefix.getBytes(StandardCharsets.ISO_8859_1)) {
                    node = trie.child(node, edge);
                    assertThat(trie.label(node)).isEqualTo(edge);
                }
                List<Integer> own = new ArrayList<>();
                TreeSet<Integer> below = new TreeSet<>();
                TreeSet<Character> edges = new TreeSet<>();
                for (int token = 0; token < names.length; token++) {
                    if (!names[token].isEmpty() && names[token].startsWith(prefix)) {
                        below.add(token);
                        if (names[token].equals(prefix)) {
                            own.add(token);
                        } else {
                            edges.add(names[token].charAt(prefix.length()));
                        }
                    }
                }
                assertThat(own(trie, node)).as("seed " + seed).isEqualTo(own);
                assertThat(new TreeSet<>(below(trie, node))).as("seed " + seed).isEqualTo(below);
                List<Character> labels = new ArrayList<>();
                for (int child = trie.firstChild(node); child < trie.endOfChildren(node); child++) {
                    labels.add((char) (trie.label(child) & 0xff));
                }
                assertThat(labels).as("seed " + seed).isEqualTo(new ArrayList<>(edges));
            }
        }
    }

    private static List<Integer> own(TokenTrie trie, int node) {
        return range(trie, trie.from(node), trie.endOfOwn(node));
    }

    private static List<Integer> below(TokenTrie trie, int node) {
        return range(trie, trie.from(node), trie.to(node));
    }

    private static List<Integer> range(TokenTrie trie, int from, int to) {
        List<Integer> tokens = new ArrayList<>();
        for (int place = from; place < to; place++) {
            tokens.add(trie.sorted(place));
        }
        return tokens;
    }

    private static Vocabulary vocabulary(String... latin1) {
        byte[][] bytes = new byte[latin1.length][];
        for (int token = 0; token < bytes.length; token++) {
            bytes[token] = latin1[token].getBytes(StandardCharsets.ISO_8859_1);
        }
        return new Vocabulary(bytes, latin1, new BitSet(), new BitSet());
    }
}
