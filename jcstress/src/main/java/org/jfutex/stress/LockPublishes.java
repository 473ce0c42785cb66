package org.jfutex.stress;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexCondition;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexOnce;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The ordering that each four-byte lock promises, tested on plain fields. {@link Unlocked} is the mutant: it shows that
 * the forbidden outcomes occur without a lock.
 */
public class LockPublishes {

    private LockPublishes() {}

    /** The word of a lock, and two plain fields that it guards. */
    public abstract static class Base {
        final FutexTable table = FutexTable.builder().buckets(2).build();
        final FieldMemory memory = FieldMemory.unshared();
        int x;
        int y;

        final void write(Lock lock) {
            lock.lock();
            try {
                x = 1;
                y = 1;
            } finally {
                lock.unlock();
            }
        }

        final void read(Lock lock, II_Result r) {
            lock.lock();
            try {
                r.r1 = y;
                r.r2 = x;
            } finally {
                lock.unlock();
            }
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The reader was first.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The writer was first.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both held the lock, or the reader sees one of two writes.")
    @State
    public static class Mutex extends Base {
        private final FutexMutex mutex = new FutexMutex(table, memory, 0, Scope.PRIVATE);

        @Actor
        public void writer() {
            write(mutex);
        }

        @Actor
        public void reader(II_Result r) {
            read(mutex, r);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The reader was first.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The writer was first.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both held the lock, or the reader sees one of two writes.")
    @State
    public static class ReadWriteLock extends Base {
        private final FutexReadWriteLock lock = new FutexReadWriteLock(table, memory, 0, Scope.PRIVATE);

        @Actor
        public void writer() {
            write(lock.writeLock());
        }

        @Actor
        public void reader(II_Result r) {
            read(lock.readLock(), r);
        }
    }

    /**
     * Two writers: an update is lost unless the release of one is ordered before the acquisition of the other. The
     * outcome is (sum, lock's word).
     */
    @JCStressTest
    @Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "Both counted, and the lock's word is free.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An update is lost, or the lock is not released.")
    @State
    public static class TwoWriters extends Base {
        private final Lock lock = new FutexReadWriteLock(table, memory, 0, Scope.PRIVATE).writeLock();

        private void add() {
            lock.lock();
            try {
                x++;
            } finally {
                lock.unlock();
            }
        }

        @Actor
        public void one() {
            add();
        }

        @Actor
        public void other() {
            add();
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = x;
            r.r2 = memory.load(0);
        }
    }

    /** The outcome is (acquired a permit, the value that was read). */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "No permit yet.")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "No permit yet, but the write was already visible.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "A permit, and the write is visible.")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "A permit, and the write is not visible.")
    @State
    public static class Semaphore extends Base {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, memory, 0, Scope.PRIVATE);

        @Actor
        public void releaser() {
            x = 1;
            semaphore.release();
        }

        @Actor
        public void acquirer(II_Result r) {
            r.r1 = semaphore.tryAcquire() ? 1 : 0;
            r.r2 = x;
        }
    }

    /** The outcome is (latch open, the value that was read). */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Not open yet.")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Not open yet, but the write was already visible.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Open, and the write is visible.")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "Open, and the write is not visible.")
    @State
    public static class Latch extends Base {
        private final FutexLatch latch = new FutexLatch(table, memory, 0, Scope.PRIVATE);

        public Latch() {
            latch.arm(1);
        }

        @Actor
        public void counter() {
            x = 1;
            latch.countDown();
        }

        @Actor
        public void waiter(II_Result r) {
            r.r1 = isOpen() ? 1 : 0;
            r.r2 = x;
        }

        private boolean isOpen() {
            try {
                return latch.await(0, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** The outcome is the value that each party reads of the other's write. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Each party sees the other's write before its arrival.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A party does not see the other's write.")
    @State
    public static class Barrier extends Base {
        private final FutexBarrier barrier = new FutexBarrier(table, memory, 0, Scope.PRIVATE, 2);

        @Actor
        public void one(II_Result r) {
            x = 1;
            meet();
            r.r1 = y;
        }

        @Actor
        public void other(II_Result r) {
            y = 1;
            meet();
            r.r2 = x;
        }

        private void meet() {
            try {
                barrier.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** The outcome is (number of executions, the value that the second actor reads). */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Done once, and seen by the other actor.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Done by both, or not seen.")
    @State
    public static class Once extends Base {
        private final FutexOnce once = new FutexOnce(table, memory, 0, Scope.PRIVATE);

        @Actor
        public void one() {
            once.run(() -> x++);
        }

        @Actor
        public void other(II_Result r) {
            once.run(() -> x++);
            r.r2 = x;
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = x;
        }
    }

    /** The outcome is (signalled, the value that the waiter reads of the signaller's earlier write). */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The waiter continues, and the write is visible.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The write is not visible.")
    @State
    public static class Condition extends Base {
        private final FutexMutex mutex = new FutexMutex(table, memory, 0, Scope.PRIVATE);
        private final FutexCondition condition = mutex.newCondition(4);

        @Actor
        public void signaller() {
            x = 1;
            mutex.lock();
            y = 1;
            condition.signal();
            mutex.unlock();
        }

        @Actor
        public void waiter(II_Result r) {
            mutex.lock();
            while (y == 0) {
                condition.awaitUninterruptibly();
            }
            r.r1 = y;
            mutex.unlock();
            r.r2 = x;
        }
    }

    /** The mutant: the fields without a lock. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The reader was first.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The writer was first.")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE_INTERESTING, desc = "Both accessed the fields at once.")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "The reader sees one of two writes.")
    @State
    public static class Unlocked extends Base {
        @Actor
        public void writer() {
            x = 1;
            y = 1;
        }

        @Actor
        public void reader(II_Result r) {
            r.r1 = y;
            r.r2 = x;
        }
    }
}
