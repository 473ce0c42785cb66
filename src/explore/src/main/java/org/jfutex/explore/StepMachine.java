package org.jfutex.explore;

/**
 * A guest without a thread: a state machine that performs one operation for each call. It is explored several times
 * faster than a program on a thread.
 */
@FunctionalInterface
public interface StepMachine {

    /** The value that {@link #state} returns if the machine does not describe its state. */
    long UNKNOWN = Long.MIN_VALUE;

    /**
     * Performs the next operation, and changes the state of this machine. Everything that one call does is one step,
     * which no other guest can interrupt. After a call that has {@linkplain Guest#beginAwait begun a wait}, the next
     * call comes when that wait has ended.
     *
     * @param guest the operations
     * @return whether the machine continues; false if this was its last step
     */
    boolean step(Guest guest);

    /**
     * Describes the state of this machine by a number, so that equal states are found and explored once. Two states
     * with one number must behave alike for ever. A machine that does not override this method is described by what it
     * has read so far. That never merges two states wrongly, but it cannot detect that a machine repeats itself.
     *
     * @return a number, or {@link #UNKNOWN}
     */
    default long state() {
        return UNKNOWN;
    }
}
