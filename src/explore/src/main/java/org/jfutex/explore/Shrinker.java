package org.jfutex.explore;

import java.util.Arrays;

/** Finds a schedule with fewer preemptions, switches and steps that fails in the same way. */
final class Shrinker {

    private static final int MAX_RUNS = 400;

    private final Execution execution;
    private final Failure.Kind kind;
    private int[] best;
    private long cost;
    private int runs;

    /** Begins with the schedule that the execution has just run. */
    Shrinker(Execution execution) {
        this.execution = execution;
        kind = java.util.Objects.requireNonNull(execution.failureKind());
        best = execution.trace();
        cost = cost();
    }

    private long cost() {
        int[] trace = execution.trace();
        int switches = 0;
        int faults = 0;
        for (int i = 0; i < trace.length; i++) {
            faults += Choice.isStep(trace[i]) ? 0 : 1;
            switches += i > 0 && trace[i] != trace[i - 1] ? 1 : 0;
        }
        return ((faults * 1_000L + execution.preemptions()) * 10_000 + switches) * 100_000 + trace.length;
    }

    /** Returns the best schedule. */
    int[] shrink() {
        boolean better = true;
        while (better && runs < MAX_RUNS) {
            better = false;
            for (int i = segmentEnd(0); i < best.length && runs < MAX_RUNS; i = segmentEnd(i)) {
                better |= tries(withoutSegment(i)) || tries(joined(i)) || tries(Arrays.copyOf(best, i));
            }
        }
        return best;
    }

    /** Returns the end of the segment of equal choices that begins at a position. */
    private int segmentEnd(int from) {
        int i = from + 1;
        while (i < best.length && best[i] == best[from]) {
            i++;
        }
        return i;
    }

    private int[] withoutSegment(int from) {
        int end = segmentEnd(from);
        int[] less = new int[best.length - (end - from)];
        System.arraycopy(best, 0, less, 0, from);
        System.arraycopy(best, end, less, from, best.length - end);
        return less;
    }

    /** Moves the next segment of the guest that runs before a position to that position. */
    private int[] joined(int from) {
        int before = best[from - 1];
        int i = from;
        while (i < best.length && best[i] != before) {
            i++;
        }
        if (i >= best.length) {
            return best;
        }
        int end = segmentEnd(i);
        int[] moved = best.clone();
        Arrays.fill(moved, from, from + (end - i), before);
        System.arraycopy(best, from, moved, from + (end - i), i - from);
        return moved;
    }

    private boolean tries(int[] candidate) {
        if (candidate == best || runs >= MAX_RUNS) {
            return false;
        }
        runs++;
        execution.run(new Replay(candidate), null);
        if (execution.failureKind() != kind || cost() >= cost) {
            return false;
        }
        best = execution.trace();
        cost = cost();
        return true;
    }
}
