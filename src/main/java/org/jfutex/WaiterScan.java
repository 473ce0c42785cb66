package org.jfutex;

import java.util.function.Predicate;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/** Finds waiters throughout a table, and ends their waits. */
final class WaiterScan {

    private WaiterScan() {}

    /**
     * Ends the waits on some keys.
     *
     * @param which the keys, null for all; called without a lock
     * @param memory the memory through which the waits must have begun, null for any
     * @param mayClose whether waiters that are requeued without end must be found, too. Then the predicate is called
     *     behind the closed gate
     * @return how many waits this call has ended; a wait on several words counts once
     */
    static int endAll(
            Bucket[] buckets,
            @Nullable Predicate<? super FutexKey> which,
            @Nullable FutexMemory memory,
            WaitResult how,
            boolean mayClose) {
        Ending ending = new Ending(which, memory, how);
        ending.run(buckets, mayClose);
        return ending.waits;
    }

    /** Ends waits. */
    private static final class Ending extends TableScan {

        private final @Nullable Predicate<? super FutexKey> which;
        private final @Nullable FutexMemory memory;
        private final WaitResult how;
        private WakeList ended = new WakeList();
        int waits;

        Ending(@Nullable Predicate<? super FutexKey> which, @Nullable FutexMemory memory, WaitResult how) {
            this.which = which;
            this.memory = memory;
            this.how = how;
        }

        @Override
        boolean concerns(WaitQueue q) {
            return (memory == null || q.hasSeveralMemories() || isOf(memory, q.memory))
                    && (which == null || which.test(q.key()));
        }

        @Override
        void visit(WaitQueue q) {
            ScanCursor.scan(q, this::endLocked, this::finishIfOpen);
        }

        private void endLocked(WaitQueue q, Waiter w) {
            if (memory == null || isOf(memory, w.memory(q))) {
                w.endLocked(q, how);
                ended.addEnded(w);
            }
        }

        @Override
        void finish() {
            WakeList list = ended;
            ended = new WakeList();
            try {
                waits += list.waits();
            } finally {
                list.notifyAllEnded();
            }
        }
    }

    /**
     * Returns whether a memory is another one or a view of it. If a view's {@code underlying} throws, it counts as a
     * view of none.
     */
    private static boolean isOf(FutexMemory memory, FutexMemory view) {
        try {
            return view == memory || view.underlying() == memory;
        } catch (Throwable e) {
            return false;
        }
    }
}
