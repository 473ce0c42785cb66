package org.jfutex.linux;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the threads of one program share. */
final class GuestProcess {

    final int pid;

    /** Those that have not exited, oldest first; under the lock of {@link Tasks}. */
    final Set<Task> tasks = new LinkedHashSet<>();

    /** Whether it exits as a whole or starts another program, so that it makes no more tasks; under the lock of {@link Tasks}. */
    boolean exiting;

    /** Who starts another program; under the lock of {@link Tasks}. */
    @Nullable
    Task starter;

    /** Whether that one shall exit instead; under the lock of {@link Tasks}. */
    boolean doomed;

    GuestProcess(int pid) {
        this.pid = pid;
    }
}
