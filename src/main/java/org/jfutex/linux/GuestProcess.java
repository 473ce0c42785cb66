package org.jfutex.linux;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The state that the threads of one process share. */
final class GuestProcess {

    final int pid;

    /** The tasks that have not exited, oldest first; guarded by the lock of {@link TaskTable}. */
    final Set<Task> tasks = new LinkedHashSet<>();

    /**
     * Whether the process exits or starts another program, so that no task may join; guarded by the lock of {@link
     * TaskTable}.
     */
    boolean exiting;

    /** The task that starts another program, null if none does; guarded by the lock of {@link TaskTable}. */
    @Nullable
    Task starter;

    /** Whether {@link #starter} must exit at the end of its exec; guarded by the lock of {@link TaskTable}. */
    boolean doomed;

    GuestProcess(int pid) {
        this.pid = pid;
    }
}
