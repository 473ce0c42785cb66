package org.jfutex.explore;

/** An event that the explorer may inject between two steps of a guest. */
public enum Fault {
    /**
     * The deadline of a wait passes now. Without this fault a deadline passes only when no guest can run.
     */
    TIMEOUT('T'),
    /**
     * A signal comes. A wait of {@link Guest#await} ends as {@link org.jfutex.WaitResult#CANCELLED}, which is EINTR.
     * The thread of any other guest is interrupted.
     */
    SIGNAL('S'),
    /**
     * The guest dies. Its wait ends, and the library processes the robust list and the locks of its {@linkplain
     * Guest#task task}, as a kernel does at an exit. All of that is one step.
     */
    DEATH('D'),
    /**
     * A wait ends as woken although no guest has woken it. For a wait of other code than {@link Guest#await} this is a
     * wake of one waiter of its word, as another user of the same memory may perform it.
     */
    SPURIOUS_WAKE('W');

    final char letter;

    Fault(char letter) {
        this.letter = letter;
    }
}
