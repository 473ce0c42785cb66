package org.jfutex.explore;

import java.util.HashMap;
import java.util.Map;

/**
 * Takes the decisions of a given schedule. It skips those that are impossible, and continues without switches after the
 * last one.
 */
final class Replay implements Chooser {

    private final int[] choices;
    /** The number of steps at which a state was last seen, by the state's fingerprint. */
    private final Map<Long, Integer> steps = new HashMap<>();

    private int position;

    Replay(int[] choices) {
        this.choices = choices;
    }

    @Override
    public int choose(Execution execution, int[] options, int count) {
        Integer before = steps.put(execution.fingerprint(), execution.steps());
        if (before != null && execution.everyGuestHasRunSince(before)) {
            execution.livelock();
            return PRUNE;
        }
        while (position < choices.length) {
            int choice = choices[position++];
            for (int i = 0; i < count; i++) {
                if (options[i] == choice) {
                    return choice;
                }
            }
        }
        return options[0];
    }

    @Override
    public void forced(int choice) {
        if (position < choices.length && choices[position] == choice) {
            position++;
        }
    }

    @Override
    public int preemptions() {
        return Integer.MAX_VALUE;
    }
}
