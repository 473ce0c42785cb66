package org.jfutex.replay;

/**
 * A reason why a step of a program of raw system calls has a result that the kernel leaves to chance or to timing. The
 * replay of the program ends at such a step, and the reason is counted. The list is closed: every other difference is
 * an error.
 */
enum Exemption {
    /**
     * A WAKE_OP has changed a word that holds a thread id, or has made a number that is none of the program's thread
     * ids. The word then holds the id of an arbitrary thread of the recording machine, or of no thread.
     */
    CHANGED_THREAD_ID("a WAKE_OP has made the id of an arbitrary thread"),

    /** The threads of a process that ends die in any order, so the number of served clear_child_tid words varies. */
    END_OF_PROCESS("the order in which the threads of a process die"),

    /**
     * A relative timeout counts from the moment when the call begins. If the machine is overloaded, the recorder's step
     * {@code elapse} ends before the timeout.
     */
    LATE_RELATIVE_TIMEOUT("a relative timeout of an overloaded machine");

    final String text;

    Exemption(String text) {
        this.text = text;
    }
}
