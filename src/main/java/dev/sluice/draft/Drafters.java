package dev.sluice.draft;

import java.util.List;

/** tmp */
public final class Drafters {
    /** tmp */
    public List<Drafter> create(List<String> names) {
        return List.of();
    }
}
