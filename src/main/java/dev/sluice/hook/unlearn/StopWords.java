package dev.sluice.hook.unlearn;

import java.util.Set;

/** English words that carry grammar and no subject: forbidding one would only break sentences. */
final class StopWords {
    private static final Set<String> WORDS = Set.of("""
            a about above across after again against all almost along already also although always am among an and another
            any anyone anything are aren around as at away back be became because become becomes been before behind being
            below between both but by came can cannot come could couldn did didn do does doesn doing don done down during
            each either else enough etc even ever every few first for found from further gave get gets give given go goes
            going gone good got great had hadn half has hasn have haven having he her here hers herself him himself his how
            however i if in indeed instead into is isn it its itself just keep kept know known last later least less let
            like likely made make makes making many may maybe me means might mine more most mostly much must my myself name
            named near nearly need never new next no nobody none nor not nothing now of off often on once one only onto or
            other others otherwise our ours ourselves out over own part particular particularly per perhaps quite rather
            really said same say says see seem seems seen several shall she should shouldn since so some someone something
            sometimes soon still such take taken tell than that the their theirs them themselves then there therefore these
            they thing things this those though through throughout thus till to together too took toward towards under
            until up upon us use used uses using various very via was wasn way ways we well went were weren what whatever
            when whenever where whether which while who whole whom whose why will with within without won would wouldn yes
            yet you your yours yourself yourselves
            """.strip().split("\\s+"));

    private StopWords() {}

    /** Whether a {@linkplain Words.Word#key() folded} word is one. */
    static boolean contains(String key) {
        return WORDS.contains(key);
    }
}
