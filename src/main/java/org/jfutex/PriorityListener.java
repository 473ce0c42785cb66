package org.jfutex;

import static java.util.Objects.requireNonNull;

/**
 * Receives a task's effective priority, so that a scheduler can follow it.
 *
 * <p>Calls for one task never overlap, and the last call reports the last value; changes in quick succession may be
 * reported as one. The thread that caused the change makes the call after it has released all locks of the table, or
 * later if it {@linkplain FutexTable#suspendPriorityEvents suspends} reports. What a listener throws goes to that
 * thread's uncaught exception handler.
 *
 * <p>A change reaches at most 1024 locks up a chain of owners. A task beyond keeps its effective priority, and its
 * listener is not called.
 */
@FunctionalInterface
public interface PriorityListener {

    /**
     * Reports that a task runs at another priority from now on.
     *
     * @param task the task
     * @param priority 0 for normal, 1 to 99 for real-time, as {@link PiTask#effectivePriority}
     */
    void priorityChanged(PiTask task, int priority);

    /**
     * Returns a listener that gives a thread the {@linkplain #javaPriority Java priority} of the task that it runs.
     *
     * <p>Most JVMs on Linux ignore {@link Thread#setPriority} unless configured otherwise, and virtual threads always
     * ignore it.
     *
     * @param thread the thread that runs the task
     * @return the listener
     */
    @SuppressWarnings("ThreadPriorityCheck") // the caller requested it
    static PriorityListener of(Thread thread) {
        requireNonNull(thread, "thread");
        return (task, priority) -> thread.setPriority(javaPriority(priority));
    }

    /**
     * Maps a priority to a Java priority: normal to 5, real-time to 6 through 10.
     *
     * @param priority 0 for normal, 1 to 99 for real-time
     * @return an argument for {@link Thread#setPriority}
     * @throws IllegalArgumentException if {@code priority} is out of range
     */
    static int javaPriority(int priority) {
        Preconditions.priority(priority);
        int steps = Thread.MAX_PRIORITY - Thread.NORM_PRIORITY;
        return priority == 0
                ? Thread.NORM_PRIORITY
                : Thread.NORM_PRIORITY + 1 + (priority - 1) * steps / PiTask.MAX_PRIORITY;
    }
}
