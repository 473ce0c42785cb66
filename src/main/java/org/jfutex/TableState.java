package org.jfutex;

import java.util.concurrent.Executor;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * What the waiters and the buckets of one table share: the table's settings, the limits of its waiters, and the gate of
 * its scans.
 *
 * <p>It knows neither the buckets nor the operations. So a waiter or a bucket can refer to its table by this type.
 */
abstract class TableState {

    final FutexClock clock;
    final SpinPolicy spinPolicy;
    final @Nullable Executor callbackExecutor; // null for the library's threads
    final Executor callbackThreads; // the library's threads, which take callbacks only
    final @Nullable WaiterLimits limits; // null if the table has no limits
    final ScanGate scans = new ScanGate();

    TableState(
            FutexClock clock,
            SpinPolicy spinPolicy,
            @Nullable Executor callbackExecutor,
            Executor callbackThreads,
            @Nullable WaiterLimits limits) {
        this.clock = clock;
        this.spinPolicy = spinPolicy;
        this.callbackExecutor = callbackExecutor;
        this.callbackThreads = callbackThreads;
        this.limits = limits;
    }
}
