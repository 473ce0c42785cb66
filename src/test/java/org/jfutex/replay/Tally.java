package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Counts what the replay of one recording showed. */
final class Tally {

    private final String name;
    private final Set<String> kinds = new TreeSet<>();
    private final List<Program> differing = new ArrayList<>();
    private final List<Difference> differences = new ArrayList<>();
    private int programs;
    private int steps;

    Tally(String name) {
        this.name = name;
    }

    /** Counts one program with those of its steps that differed. */
    void add(Program program, List<Difference> found) {
        programs++;
        steps += program.lines().size();
        kinds.add(program.kind());
        differences.addAll(found);
        if (!found.isEmpty()) {
            differing.add(program);
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

    List<Difference> differences() {
        return differences;
    }

    /** Those of one program. */
    List<Difference> differences(Program program) {
        return differences.stream().filter(d -> d.program().equals(program)).toList();
    }

    /** The programs that have a difference. */
    List<Program> differing() {
        return differing;
    }

    /** The line of a report. */
    @Override
    public String toString() {
        return String.format(
                "%-20s %-12s %6d programs %8d steps %8d agreements %6d differences",
                name, String.join("+", kinds), programs, steps, steps - differences.size(), differences.size());
    }
}
