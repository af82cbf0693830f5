package dev.sluice.hook.unlearn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.hook.unlearn.Phrase.Kind;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HardPhrasesTests {
    private static List<Phrase> phrases(String... texts) {
        return Stream.of(texts).map(text -> new Phrase(Kind.NAME, text)).toList();
    }

    @Test
    void aPhraseLosesTheWordsThatTheUserSaid_atItsEnds() {
        assertThat(HardPhrases.without(
                        phrases("Mirela Tavon-Quist", "Mirela", "novel of Mirela", "Rivers of Copper"),
                        Set.of("mirela", "rivers")))
                .containsExactly("Tavon-Quist", "novel", "Copper");
        assertThat(HardPhrases.without(phrases("Mirela", "Tavon"), Set.of())).containsExactly("Mirela", "Tavon");
    }

    @Test
    void aShareOfThePhraseCountsAsThePhrase() {
        assertThat(HardPhrases.beginning("Rivers of Copper and Salt", 1)).isEqualTo("Rivers of Copper and Salt");
        assertThat(HardPhrases.beginning("Rivers of Copper and Salt", 0.6)).isEqualTo("Rivers of Copper");
        assertThat(HardPhrases.beginning("Rivers of Copper and Salt", 0.01)).isEqualTo("Rivers");
        assertThat(HardPhrases.beginning("5 of May 1991", 0.25)).isEqualTo("5");
    }

    @Test
    void noPhrasesForbidNothing() {
        assertThat(HardPhrases.compile(Forgotten.id(), List.of(), 1).holdBack()).isZero();
    }
}
