package org.jfutex;

import org.jspecify.annotations.Nullable;

/**
 * Finds a task by the thread id in a lock word.
 *
 * <p>The method {@code map::get} of a concurrent map is suitable. It is called with locks of the table held, so it must
 * be fast and must not call the table. It must find a task until {@link PiTask#exit} has returned. Otherwise a task
 * that locks in between gets {@link PiResult#NO_OWNER}.
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
