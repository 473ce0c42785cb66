package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Consumer;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;

/**
 * Loads, initializes and links what a sleep or a wake needs, by one execution of each kind when the first table is
 * built.
 *
 * <p>Otherwise the first wait of a process would do so after its waiter was queued: its deadline would pass, and the
 * locks of class loading could consume the permit of a wake.
 */
final class FirstUse {

    private static boolean begun; // guarded by the class

    private FirstUse() {}

    /** Runs the rehearsal once in a process. A failure does no harm: then the first wait loads the rest. */
    static synchronized void prepare() {
        if (begun || !StackProbe.fitsInitializers()) {
            return;
        }
        begun = true; // before the run, since it builds a table, too
        boolean interrupted = Thread.interrupted();
        try {
            new Rehearsal().run();
        } catch (Throwable e) {
            return;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A memory of two words, each of which may be waited on. */
    private static final class Words implements FutexMemory {

        private final int[] words = new int[2];

        @Override
        public int load(long address) {
            return words[(int) address / Integer.BYTES];
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            int before = load(address);
            if (before == expected) {
                words[(int) address / Integer.BYTES] = desired;
            }
            return before;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            throw new UnsupportedOperationException();
        }
    }

    /** A thread that waits and wakes itself: its clock performs the wake when the thread is about to park. */
    private static final class Rehearsal implements FutexClock, PiTasks {

        private static final Deadline SOON = Deadline.at(ClockId.MONOTONIC, 1);

        private final Words memory = new Words();
        private final FutexTable table =
                FutexTable.builder().buckets(2).clock(this).tasks(this).build();
        private final PiTask owner = new PiTask(table, 1, memory);
        private final PiTask waiter = new PiTask(table, 2, memory);
        private int step;

        void run() throws InterruptedException {
            table.await(memory, 0, Scope.PRIVATE, 0, SOON);
            table.prepare(memory, 0, Scope.PRIVATE, 0).await(SOON);
            table.prepareAny(memory, List.of(new WaitWord(0, Scope.PRIVATE, 0)), 0)
                    .await(SOON);
            table.prepare(memory, 0, Scope.PRIVATE, 0).awaitUninterruptibly();
            table.prepare(memory, 0, Scope.PRIVATE, 0).cancel();
            PreparedWait notified = table.prepare(memory, 0, Scope.PRIVATE, 0);
            notified.onEnd(new Listener());
            table.wake(memory, 0, Scope.PRIVATE, 1);
            owner.tryLock(0, Scope.PRIVATE);
            waiter.lock(0, Scope.PRIVATE, SOON);
            waiter.unlock(0, Scope.PRIVATE);
            owner.tryLock(Integer.BYTES, Scope.PRIVATE);
            waiter.prepareWaitRequeue(0, 0, Integer.BYTES, Scope.PRIVATE).await(SOON);
            table.requeue(memory, 0, Integer.BYTES, Scope.PRIVATE, 0, 0);
            FutexClock.system().prepare();
        }

        @Override
        public long nanos(ClockId clockId) {
            return 0;
        }

        /** Ends the wait of the current thread, as another thread would. */
        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
            switch (step++) {
                case 0, 1, 2 -> table.wake(memory, 0, Scope.PRIVATE, 1);
                case 3 -> owner.unlock(0, Scope.PRIVATE);
                default -> {
                    table.compareAndRequeuePi(memory, 0, Integer.BYTES, Scope.PRIVATE, 0, 0);
                    owner.unlock(Integer.BYTES, Scope.PRIVATE);
                }
            }
            if (step > 5) {
                throw new IllegalStateException("the rehearsal does not end");
            }
        }

        @Override
        public void park(Object blocker) {
            if (table.wake(memory, 0, Scope.PRIVATE, 1) == 0) {
                throw new IllegalStateException("the rehearsal sleeps on another word");
            }
        }

        @Override
        public PiTask find(int tid) {
            return requireNonNull(tid == owner.tid() ? owner : waiter);
        }
    }

    private static final class Listener implements Consumer<WaitResult> {

        @Override
        public void accept(WaitResult result) {}
    }
}
