package dev.sluice.draft;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** The drafters there are, by name. */
public final class Drafters {
    /** The name of proposing nothing. */
    public static final String NONE = "none";

    private static final List<String> NAMES = List.of(NONE, PromptLookupDrafter.NAME, TokenRecyclingDrafter.NAME);

    private Drafters() {}

    /** The names that {@link #create} knows. */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * One drafter, for one choice, that merges those named, the most probable proposals first.
     *
     * @param names names of drafters, in order of preference; {@code none} adds nothing
     * @param table what Token Recycling learns from and adds to; shared as its owner sees fit, on one thread
     * @throws IllegalArgumentException if a name is unknown, listing those that are known
     */
    public static Drafter create(List<String> names, SuccessorTable table) {
        List<Drafter> drafters = new ArrayList<>();
        for (String name : new LinkedHashSet<>(names)) {
            switch (name) {
                case NONE -> {}
                case PromptLookupDrafter.NAME -> drafters.add(new PromptLookupDrafter());
                case TokenRecyclingDrafter.NAME -> drafters.add(new TokenRecyclingDrafter(table));
                default ->
                    throw new IllegalArgumentException(
                            "unknown drafter \"" + name + "\"; known drafters: " + String.join(", ", NAMES));
            }
        }
        return new MergedDrafter(drafters);
    }
}
