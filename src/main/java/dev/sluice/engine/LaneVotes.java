package dev.sluice.engine;

import java.util.ArrayList;
import java.util.List;

/** Which lane alone would have chosen another token, position by position of one choice. Engine loop only. */
final class LaneVotes {
    private final List<boolean[]> rejected = new ArrayList<>();

    /** Adds the next position: for each lane, whether its own choice was another. */
    void add(boolean[] lanes) {
        rejected.add(lanes);
    }

    /** Goes back to the first positions. */
    void truncate(int length) {
        rejected.subList(length, rejected.size()).clear();
    }

    /**
     * The votes as a report shows them.
     *
     * @param names of the lanes
     * @param gaps positions that were withheld
     * @param released tokens that were released
     */
    List<Report.Vote> of(int choice, List<String> names, Gaps gaps, int released) {
        List<Report.Vote> votes = new ArrayList<>();
        for (int lane = 0; lane < names.size(); lane++) {
            List<Integer> positions = new ArrayList<>();
            for (int position = 0; position < rejected.size(); position++) {
                int shown = position - gaps.before(position);
                if (rejected.get(position)[lane] && !gaps.contains(position) && shown < released) {
                    positions.add(shown);
                }
            }
            votes.add(new Report.Vote(choice, names.get(lane), List.copyOf(positions)));
        }
        return votes;
    }
}
