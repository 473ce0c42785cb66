package org.jfutex.replay;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The counts of the replay of one recording. */
final class Tally {

    /**
     * A replayed program.
     *
     * @param differences the steps that differed
     * @param played the number of steps that were compared
     * @param exemption why the replay ended before the end of the program; null if it did not
     */
    record Run(
            Program program,
            List<Difference> differences,
            int played,
            @Nullable Exemption exemption) {}

    private final String name;
    private final Set<String> kinds = new TreeSet<>();
    private final List<Run> differing = new ArrayList<>();
    private final Map<Exemption, Integer> exemptions = new EnumMap<>(Exemption.class);
    private int programs;
    private int steps;

    Tally(String name) {
        this.name = name;
    }

    /** Counts one program. */
    void add(Run run) {
        programs++;
        steps += run.played;
        kinds.add(run.program.kind());
        if (!run.differences.isEmpty()) {
            differing.add(run);
        }
        if (run.exemption != null) {
            exemptions.merge(run.exemption, 1, Integer::sum);
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

    /** Returns how many programs ended early, by the reason. */
    Map<Exemption, Integer> exemptions() {
        return exemptions;
    }

    /** Returns the line for a report. */
    @Override
    public String toString() {
        int different = differences().size();
        StringBuilder text = new StringBuilder(String.format(
                "%-20s %-12s %6d programs %8d steps %8d agreements %6d differences",
                name, String.join("+", kinds), programs, steps, steps - different, different));
        exemptions.forEach(
                (reason, count) -> text.append(String.format("%n%24d ended early because of %s", count, reason.text)));
        return text.toString();
    }
}
