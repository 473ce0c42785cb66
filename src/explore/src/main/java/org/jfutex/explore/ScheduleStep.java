package org.jfutex.explore;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * One step of a schedule that was recorded.
 *
 * @param guest the name of the guest
 * @param index the number of the guest, from 0
 * @param action what it did, in words
 * @param words the named and the used words after the step, by name, in the order of their addresses
 * @param queues the names of the guests that are queued on each word with waiters, by the word's name
 */
public record ScheduleStep(
        String guest, int index, String action, Map<String, Integer> words, Map<String, List<String>> queues) {

    /** Checks that nothing is null. */
    public ScheduleStep {
        requireNonNull(guest, "guest");
        requireNonNull(action, "action");
        requireNonNull(words, "words");
        requireNonNull(queues, "queues");
    }

    @Override
    public String toString() {
        return guest + ": " + action;
    }
}
