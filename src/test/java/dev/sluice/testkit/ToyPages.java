package dev.sluice.testkit;

import dev.sluice.model.CacheScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The memory of a toy, the plain way: a shared page is known by its scope and all tokens up to its end. */
final class ToyPages {
    private final int pages;
    private final int pageSize;
    /** How many lanes hold each shared page; those that none holds are kept while there is room. */
    private final Map<Prefix, Integer> shared = new HashMap<>();

    private int owned;

    /** What a shared page holds. */
    record Prefix(CacheScope scope, List<Integer> tokens) {}

    ToyPages(int pages, int pageSize) {
        this.pages = pages;
        this.pageSize = pageSize;
    }

    int free() {
        return pages - owned - (int) shared.values().stream().filter(n -> n > 0).count();
    }

    int pagesOf(int tokens) {
        return (tokens + pageSize - 1) / pageSize;
    }

    /** The page of a context with that index; the context reaches its end. */
    Prefix page(CacheScope scope, List<Integer> context, int index) {
        return new Prefix(scope, List.copyOf(new ArrayList<>(context.subList(0, (index + 1) * pageSize))));
    }

    boolean knows(Prefix page) {
        return shared.containsKey(page);
    }

    int holders(Prefix page) {
        return shared.getOrDefault(page, 0);
    }

    void hold(Prefix page) {
        shared.merge(page, 1, Integer::sum);
    }

    void release(Prefix page) {
        if (shared.merge(page, -1, Integer::sum) < 0) {
            throw new IllegalStateException("a shared page was released more often than held");
        }
    }

    /** Takes pages for one lane alone; there must be as many free. Where need be, kept ones are dropped. */
    void own(int count) {
        for (int i = 0; i < count; i++) {
            if (owned + shared.size() == pages) {
                Prefix longest = shared.keySet().stream()
                        .filter(page -> holders(page) == 0)
                        .max((a, b) -> a.tokens().size() - b.tokens().size())
                        .orElseThrow();
                shared.remove(longest);
            }
            owned++;
        }
    }

    /** Gives back pages of one lane alone. */
    void disown(int count) {
        owned -= count;
    }
}
