package org.jfutex;

import org.jspecify.annotations.Nullable;

/**
 * Finds a task by the thread id that a lock word names.
 *
 * <p>{@code map::get} of a concurrent map will do. It is asked with locks of the table held, so it must be quick and must not call
 * the table. A task is to be found until {@link PiTask#exit} has returned, or those who lock in between are told
 * {@link PiResult#NO_OWNER}.
 */
@FunctionalInterface
public interface PiTasks {

    /**
     * Finds a task.
     *
     * @param tid a thread id, 1 to {@value PiTask#MAX_TID}
     * @return the task, null if there is none
     */
    @Nullable
    PiTask find(int tid);
}
