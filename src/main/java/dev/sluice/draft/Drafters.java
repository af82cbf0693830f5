package dev.sluice.draft;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The drafters there are, by name. */
public final class Drafters {
    /** The name of proposing nothing. */
    public static final String NONE = "none";

    /** The name of what looks up earlier text. */
    public static final String PROMPT_LOOKUP = "prompt-lookup";

    /** The name of what follows the target's earlier opinions. */
    public static final String TOKEN_RECYCLING = "token-recycling";

    /** The name of what asks a smaller model. */
    public static final String MODEL = "model";

    private static final List<String> NAMES = List.of(NONE, PROMPT_LOOKUP, TOKEN_RECYCLING);
    private static final List<String> NAMES_WITH_MODEL = List.of(NONE, PROMPT_LOOKUP, TOKEN_RECYCLING, MODEL);
    private static final int SMALLER_MODEL = 3;
    private static final int BLENDED = 4;

    private Drafters() {}

    /**
     * The names that {@link #create} knows.
     *
     * @param model whether there is a smaller model, so that {@link #MODEL} is one of them
     */
    public static List<String> names(boolean model) {
        return model ? NAMES_WITH_MODEL : NAMES;
    }

    /**
     * One drafter, for one choice, that merges those named.
     *
     * @param names names of drafters, in order of preference; {@code none} adds nothing
     * @param memory what the tenant's drafters learn from and add to; on one thread
     * @param noise the noise of the target's choices; {@link DraftNoise#NONE} where greedy
     * @param promptLength tokens before the answer
     * @throws IllegalArgumentException if a name is unknown, listing those that are known
     */
    public static Drafter create(List<String> names, DraftMemory memory, DraftNoise noise, int promptLength) {
        return create(names, memory, noise, promptLength, null);
    }

    /**
     * As above, with what asks a smaller model.
     *
     * @param model proposes under {@link #MODEL}, for this choice alone, or null where there is no smaller model
     * @throws IllegalArgumentException if a name is unknown, listing those that are known, or has nothing to go with it
     */
    public static Drafter create(
            List<String> names, DraftMemory memory, DraftNoise noise, int promptLength, @Nullable Proposer model) {
        List<Proposer> proposers = new ArrayList<>();
        List<Calibration> calibrations = new ArrayList<>();
        boolean drawn = noise != DraftNoise.NONE;
        for (String name : new LinkedHashSet<>(names)) {
            switch (name) {
                case NONE -> {}
                case PROMPT_LOOKUP -> {
                    proposers.add(new PromptLookup());
                    calibrations.add(memory.calibration(0, drawn));
                    proposers.add(new AnswerLookup(memory.answers(), promptLength));
                    calibrations.add(memory.calibration(1, drawn));
                }
                case TOKEN_RECYCLING -> {
                    proposers.add(new TokenRecycling(memory.successors()));
                    calibrations.add(memory.calibration(2, drawn));
                }
                case MODEL -> {
                    if (model == null) {
                        throw new IllegalArgumentException(
                                "the drafter \"model\" needs a draft model, and none is loaded; set"
                                        + " sluice.draft.model.source, or name others");
                    }
                    proposers.add(model);
                    calibrations.add(memory.calibration(SMALLER_MODEL, drawn));
                }
                default ->
                    throw new IllegalArgumentException("unknown drafter \"" + name + "\"; known drafters: "
                            + String.join(", ", names(model != null)));
            }
        }
        calibrations.add(memory.calibration(BLENDED, drawn));
        return new MergedDrafter(
                proposers, calibrations.toArray(Calibration[]::new), memory.asking(drawn), noise, promptLength);
    }
}
