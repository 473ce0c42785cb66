package org.jfutex.linux;

import java.util.LinkedHashSet;
import java.util.Set;

/** What the threads of one program share. */
final class GuestProcess {

    final int pid;

    /** Those that have not exited, oldest first; under the lock of {@link Tasks}. */
    final Set<Task> tasks = new LinkedHashSet<>();

    /** Whether it exits as a whole, so that nobody may join; under the lock of {@link Tasks}. */
    boolean exiting;

    GuestProcess(int pid) {
        this.pid = pid;
    }
}
