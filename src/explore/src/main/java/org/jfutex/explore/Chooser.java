package org.jfutex.explore;

/** Takes the decisions of an execution. */
interface Chooser {

    /** The result of {@link #choose} that ends the execution: what may follow has been explored. */
    int PRUNE = -1;

    /**
     * Chooses among several options.
     *
     * @param execution the execution at the decision
     * @param options the choices; the first continues with the guest that ran, if that is possible
     * @param count how many there are
     * @return one of the options, or {@link #PRUNE}
     */
    int choose(Execution execution, int[] options, int count);

    /** Notes a step that was the only option. */
    default void forced(int choice) {}

    /** Returns whether the present decision was taken in an earlier run, which has checked the state before it. */
    default boolean isReplaying() {
        return false;
    }

    /** The maximum number of preemptions. */
    int preemptions();
}
