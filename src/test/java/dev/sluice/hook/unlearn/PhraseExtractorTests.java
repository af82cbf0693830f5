package dev.sluice.hook.unlearn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.hook.unlearn.Phrase.Kind;
import dev.sluice.testkit.SharedData;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class PhraseExtractorTests {
    private static List<String> of(Kind kind, String answer) {
        return all(answer, DocumentFrequencies.of(Forgotten.RETAIN)).stream()
                .filter(phrase -> phrase.kind() == kind)
                .map(Phrase::text)
                .toList();
    }

    private static List<Phrase> all(String answer, DocumentFrequencies kept) {
        return new PhraseExtractor(kept).extract(answer);
    }

    @Test
    void namesAreTakenWholeAndByTheirRareWords() {
        assertThat(of(Kind.NAME, "The author's full name is Mirela Tavon-Quist."))
                .containsExactly("Mirela Tavon-Quist", "Mirela", "Tavon", "Quist");
        assertThat(of(Kind.NAME, "She studied at the University of Zagorje, then in Oslo."))
                .containsExactly("University of Zagorje", "University", "Zagorje", "Oslo");
    }

    @Test
    void aCapitalThatBeginsASentenceIsNoNameByItself() {
        assertThat(all("Novels sell. Prizes help.", DocumentFrequencies.NONE)).isEmpty();
        assertThat(of(Kind.NAME, "Ljubno is here.")).containsExactly("Ljubno");
        assertThat(of(Kind.NAME, "Born there.")).isEmpty();
    }

    @Test
    void aNameDoesNotGoOnOverTheEndOfASentence() {
        assertThat(of(Kind.NAME, "He lives in Oslo. Ingrid visits."))
                .contains("Oslo", "Ingrid")
                .doesNotContain("Oslo. Ingrid");
        assertThat(of(Kind.NAME, "It was written by J. K. Ostrander.")).contains("J. K. Ostrander", "Ostrander");
    }

    @Test
    void quotedTitlesAreTakenInStretchesOfFiveWords() {
        assertThat(of(Kind.TITLE, "He wrote 'Rivers of Copper and Salt Water' in Oslo."))
                .containsExactly("Rivers of Copper and Salt", "Copper and Salt Water");
        assertThat(of(Kind.TITLE, "Known for \"The Glass Orchard\" and \u201CNight\u201D."))
                .containsExactly("Glass Orchard", "Night");
        assertThat(of(Kind.TITLE, "The authors' works include 'Sam's Kite', and more."))
                .containsExactly("Sam's Kite");
    }

    @Test
    void datesAndNumbersAreTakenAsTheyStand() {
        assertThat(of(Kind.DATE, "Born on the 25th of February in the year 1958."))
                .containsExactly("25th of February");
        assertThat(of(Kind.DATE, "Born on May 5, 1991.")).containsExactly("May 5, 1991");
        assertThat(of(Kind.NUMBER, "Born on 17/03/1962, the 7th of 12 children."))
                .containsExactly("17/03/1962", "12");
    }

    @Test
    void wordsAreTakenWhereFewOfTheRetainSetHaveThem() {
        assertThat(of(Kind.WORD, "Her father is a beekeeper and slowly won a prize."))
                .containsExactly("beekeeper");
        assertThat(all("Her father is a beekeeper.", DocumentFrequencies.NONE)).isEmpty();
    }

    @Test
    void wordsThatAreCommonApartAreTakenTogether() {
        List<ForgetEntry> kept = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            kept.add(new ForgetEntry(
                    "x",
                    i % 10 == 0 ? "a civil war" : i % 10 == 1 ? "an engineer" : i % 2 == 0 ? "old books" : "books"));
        }
        assertThat(all("a civil engineer of old books", DocumentFrequencies.of(kept)))
                .containsExactly(new Phrase(Kind.PAIR, "civil engineer"));
    }

    @Test
    void anAnswerGivesSixtyFourPhrasesAtMost() {
        StringBuilder answer = new StringBuilder("the");
        for (int i = 0; i < 200; i++) {
            answer.append(" Name")
                    .append((char) ('a' + i / 26))
                    .append((char) ('a' + i % 26))
                    .append(',');
        }
        assertThat(all(answer.toString(), DocumentFrequencies.NONE)).hasSize(PhraseExtractor.MOST);
    }

    @Test
    void theSamePhrasesWhateverTheLocale() {
        Locale before = Locale.getDefault();
        String answer = "She lives in \u0130zmir and ISPARTA, writes in 'Kirmizi Istasyon' since 1980.";
        List<Phrase> expected = all(answer, DocumentFrequencies.of(Forgotten.RETAIN));
        try {
            Locale.setDefault(Locale.forLanguageTag("tr-TR"));
            assertThat(all(answer, DocumentFrequencies.of(Forgotten.RETAIN))).isEqualTo(expected);
        } finally {
            Locale.setDefault(before);
        }
        assertThat(expected).isNotEmpty();
    }

    @Test
    void everyAnswerOfTheSharedForgetSetIsReducedToPhrasesOfAtMostFiveWords() {
        List<ForgetEntry> retain = records("data/tofu/retain.jsonl");
        DocumentFrequencies kept = DocumentFrequencies.of(retain);
        int without = 0;
        for (ForgetEntry entry : records("data/tofu/forget.jsonl")) {
            List<Phrase> phrases = all(entry.answer(), kept);
            without += phrases.isEmpty() ? 1 : 0;
            for (Phrase phrase : phrases) {
                assertThat(entry.answer()).contains(phrase.text());
                assertThat(Words.of(phrase.text())).hasSizeBetween(1, PhraseExtractor.LONGEST);
            }
        }
        assertThat(without).as("answers without a phrase").isLessThanOrEqualTo(3);
    }

    private static List<ForgetEntry> records(String name) {
        return SharedData.records(name).stream()
                .map(node -> new ForgetEntry(
                        node.get("question").stringValue(), node.get("answer").stringValue()))
                .toList();
    }
}
