package dev.sluice.hook.phrase;

import com.ibm.icu.text.UnicodeSet;
import java.util.List;

/** A parsed pattern, its literals already in the alphabet of a view. */
sealed interface Regex {
    /** The length of a match that has no end. */
    int UNBOUNDED = Integer.MAX_VALUE;

    /** Characters of the shortest match. */
    int shortest();

    /** Characters of the longest match, or {@link #UNBOUNDED}. */
    int longest();

    /** Automaton nodes that the pattern takes; repeats are spelt out. */
    long size();

    /** Nothing at all. */
    record Empty() implements Regex {
        @Override
        public int shortest() {
            return 0;
        }

        @Override
        public int longest() {
            return 0;
        }

        @Override
        public long size() {
            return 0;
        }
    }

    /** One character out of a set; the set is frozen. */
    record Chars(UnicodeSet set) implements Regex {
        @Override
        public int shortest() {
            return 1;
        }

        @Override
        public int longest() {
            return 1;
        }

        @Override
        public long size() {
            return 1;
        }
    }

    /** A {@link Gap} condition between two characters. */
    record Assertion(int condition) implements Regex {
        @Override
        public int shortest() {
            return 0;
        }

        @Override
        public int longest() {
            return 0;
        }

        @Override
        public long size() {
            return 1;
        }
    }

    /** One part behind the other. */
    record Sequence(List<Regex> parts) implements Regex {
        @Override
        public int shortest() {
            return clamp(parts.stream().mapToLong(Regex::shortest).sum());
        }

        @Override
        public int longest() {
            return clamp(parts.stream().mapToLong(Regex::longest).sum());
        }

        @Override
        public long size() {
            return parts.stream().mapToLong(Regex::size).sum();
        }
    }

    /** One of several branches. */
    record Choice(List<Regex> branches) implements Regex {
        @Override
        public int shortest() {
            return branches.stream().mapToInt(Regex::shortest).min().orElse(0);
        }

        @Override
        public int longest() {
            return branches.stream().mapToInt(Regex::longest).max().orElse(0);
        }

        @Override
        public long size() {
            return branches.stream().mapToLong(Regex::size).sum() + branches.size() - 1;
        }
    }

    /** A part again and again: {@code most} is {@link #UNBOUNDED} for no end. */
    record Repeat(Regex part, int least, int most) implements Regex {
        @Override
        public int shortest() {
            return clamp((long) part.shortest() * least);
        }

        @Override
        public int longest() {
            return part.longest() == 0 ? 0 : most == UNBOUNDED ? UNBOUNDED : clamp((long) part.longest() * most);
        }

        @Override
        public long size() {
            long each = Math.max(part.size(), 1);
            return most == UNBOUNDED ? each * (least + 1L) + 1 : each * most + most - least;
        }
    }

    private static int clamp(long length) {
        return (int) Math.min(length, UNBOUNDED);
    }
}
