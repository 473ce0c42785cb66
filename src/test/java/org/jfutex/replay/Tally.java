package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The counts of the replay of one recording. */
final class Tally {

    /** A replayed program, and its steps that differed. */
    record Run(Program program, List<Difference> differences) {}

    private final String name;
    private final Set<String> kinds = new TreeSet<>();
    private final List<Run> differing = new ArrayList<>();
    private int programs;
    private int steps;

    Tally(String name) {
        this.name = name;
    }

    /** Counts one program. */
    void add(Run run) {
        programs++;
        steps += run.program.lines().size();
        kinds.add(run.program.kind());
        if (!run.differences.isEmpty()) {
            differing.add(run);
        }
    }

    String name() {
        return name;
    }

    int programs() {
        return programs;
    }

    int steps() {
        return steps;
    }

    /** Returns the runs that have a difference. */
    List<Run> differing() {
        return differing;
    }

    List<Difference> differences() {
        return differing.stream().flatMap(run -> run.differences.stream()).toList();
    }

    /** Returns the line for a report. */
    @Override
    public String toString() {
        int different = differences().size();
        return String.format(
                "%-20s %-12s %6d programs %8d steps %8d agreements %6d differences",
                name, String.join("+", kinds), programs, steps, steps - different, different);
    }
}
