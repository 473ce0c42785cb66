package org.jfutex.explore;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an exploration ended.
 *
 * @param schedules how many schedules ran to their end. Without reduction an exhaustive exploration counts each
 *     schedule within its bound once
 * @param runs how many executions were begun; those that reached a state whose continuations were explored before were
 *     ended there
 * @param states how many different states were found at decisions, 0 without reduction
 * @param steps the sum of the steps of all runs
 * @param complete whether every schedule within the bounds was covered
 * @param found the failure, null if none was found
 */
public record Exploration(
        long schedules,
        long runs,
        long states,
        long steps,
        boolean complete,
        @Nullable Failure found) {

    /**
     * Returns the failure.
     *
     * @return the failure, empty if no schedule failed
     */
    public Optional<Failure> failure() {
        return Optional.ofNullable(found);
    }

    @Override
    public String toString() {
        String covered = (complete ? "all" : "some") + " schedules within the bounds: ";
        return covered + schedules + " schedules, " + runs + " runs, " + states + " states, " + steps + " steps, "
                + (found == null ? "no failure" : "failure: " + found.message());
    }
}
