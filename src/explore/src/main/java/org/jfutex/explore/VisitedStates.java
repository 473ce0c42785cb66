package org.jfutex.explore;

import java.util.Arrays;

/**
 * The states at whose decisions every continuation within the bound was explored, or is being explored.
 *
 * <p>A state is a 64-bit hash. Two different states among n have equal hashes with a probability below n<sup>2</sup> /
 * 2<sup>65</sup>, which is 3e-6 for ten million. When the set is full, further states are explored without being added.
 */
final class VisitedStates {

    private static final int MAX_LENGTH = 1 << 24;

    private final int most;
    private long[] states = new long[1 << 10]; // 0 is an empty place
    private int[] left = new int[1 << 10];
    private int size;

    VisitedStates(int most) {
        this.most = Math.min(most, MAX_LENGTH / 2);
    }

    int size() {
        return size;
    }

    /**
     * Adds a state that is to be explored.
     *
     * @param hash the state
     * @param preemptionsLeft how many preemptions may follow
     * @return false if the state was explored before with at least as many preemptions left
     */
    boolean add(long hash, int preemptionsLeft) {
        long state = hash == 0 ? 1 : hash;
        int i = place(state);
        if (states[i] == state) {
            if (left[i] >= preemptionsLeft) {
                return false;
            }
            left[i] = preemptionsLeft;
            return true;
        }
        if (size < most) {
            states[i] = state;
            left[i] = preemptionsLeft;
            if (++size * 2 > states.length) {
                grow();
            }
        }
        return true;
    }

    private int place(long state) {
        int i = (int) state & (states.length - 1);
        while (states[i] != 0 && states[i] != state) {
            i = (i + 1) & (states.length - 1);
        }
        return i;
    }

    private void grow() {
        long[] oldStates = states;
        int[] oldLeft = left;
        states = new long[oldStates.length * 2];
        left = new int[states.length];
        for (int j = 0; j < oldStates.length; j++) {
            if (oldStates[j] != 0) {
                int i = place(oldStates[j]);
                states[i] = oldStates[j];
                left[i] = oldLeft[j];
            }
        }
    }

    void clear() {
        Arrays.fill(states, 0);
        size = 0;
    }
}
