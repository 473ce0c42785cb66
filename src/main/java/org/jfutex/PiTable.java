package org.jfutex;

import java.util.concurrent.Executor;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/** The part of a table that priority inheritance uses: its lock, and the lookup of owners by thread id. */
abstract class PiTable extends Buckets {

    /** Finds the owner of a thread id, as {@link PiTasks} does. */
    @FunctionalInterface
    interface Owners {
        /** Returns the owner, null if there is none. */
        @Nullable
        PiOwner find(int tid);
    }

    final PiInheritance inheritance = new PiInheritance();
    final Owners owners;

    PiTable(
            int buckets,
            FutexClock clock,
            SpinPolicy spinPolicy,
            @Nullable Executor callbackExecutor,
            Executor callbackThreads,
            @Nullable WaiterLimits limits,
            Owners owners) {
        super(buckets, clock, spinPolicy, callbackExecutor, callbackThreads, limits);
        this.owners = owners;
    }
}
