package org.jfutex.linux;

import java.util.Optional;
import org.jfutex.FutexTable;
import org.jfutex.key.FutexMemory;

/**
 * Everybody alive on one futex table, by thread id: the pid namespace that PI and robust futexes live in.
 *
 * <p>One instance serves one table, whatever number of processes and ABIs. All methods may be called by any thread.
 */
@SuppressWarnings("DoNotCallSuggester") // bodies follow
public final class Tasks {

    /** The highest thread id that a futex word can hold: FUTEX_TID_MASK. */
    public static final int MAX_TID = 0x3fff_ffff;

    /**
     * A registry without tasks.
     *
     * @param table where they wait
     */
    public Tasks(FutexTable table) {
        throw new UnsupportedOperationException();
    }

    /**
     * Where they wait.
     *
     * @return the table
     */
    public FutexTable table() {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes a process of one thread, out of nothing.
     *
     * @param memory its memory; processes may share one
     * @return its thread, of normal priority, with a thread id that was never used here
     */
    public Task spawn(FutexMemory memory) {
        throw new UnsupportedOperationException();
    }

    /**
     * The task of a thread id.
     *
     * @param tid any number
     * @return the task, empty if none has that id now
     */
    public Optional<Task> find(int tid) {
        throw new UnsupportedOperationException();
    }
}
