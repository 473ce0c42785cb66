package org.jfutex.model;

import static org.jfutex.Scope.PRIVATE;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jfutex.FutexTable;
import org.jfutex.SpinPolicy;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexOnce;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests that each four-byte lock is linearizable to its sequential specification. Condition and barrier only block, so
 * they are in {@link LockScenarioTest}.
 *
 * <p>The deep form, with {@code -Djfutex.lincheck=deep -Djfutex.lincheck.programs=30} on JDK 17, tries at most 1,000
 * interleavings of each of 30 programs for each lock. It took 1.8 minutes and found no failure.
 */
@Tag("model")
class LockLinearizabilityTest {

    /** A table and words for one program. */
    public abstract static class Base {
        final FutexTable table =
                FutexTable.builder().buckets(2).spinPolicy(SpinPolicy.NONE).build();
        final Words memory = new Words();
    }

    @Test
    void mutex() {
        Linearizable.holds(3, Mutex.class, Counter.class);
        Linearizable.fails(2, NoMutex.class, Counter.class);
    }

    public static final class Counter {
        private int n;

        public int next() {
            return ++n;
        }
    }

    public static final class Mutex extends Base {
        private final FutexMutex mutex = new FutexMutex(table, memory, 0, PRIVATE);
        private int n;

        @Operation
        public int next() {
            mutex.lock();
            try {
                return ++n;
            } finally {
                mutex.unlock();
            }
        }
    }

    /** The mutant. */
    public static final class NoMutex {
        private int n;

        @Operation
        public int next() {
            return ++n;
        }
    }

    @Test
    void semaphore() {
        Linearizable.holds(3, Semaphore.class, Permits.class);
        Linearizable.fails(2, DrainInTwoSteps.class, Permits.class);
    }

    public static final class Permits {
        private int permits;

        public boolean take(int n) {
            boolean enough = permits >= n;
            permits -= enough ? n : 0;
            return enough;
        }

        public int drain() {
            int all = permits;
            permits = 0;
            return all;
        }

        public void give(int more) {
            permits += more;
        }

        public int look() {
            return permits;
        }
    }

    public static final class Semaphore extends Base {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, memory, 0, PRIVATE);

        @Operation
        public boolean take(@Param(gen = IntGen.class, conf = "1:3") int n) {
            return semaphore.tryAcquire(n);
        }

        @Operation
        public int drain() {
            return semaphore.drainPermits();
        }

        @Operation
        public void give(@Param(gen = IntGen.class, conf = "1:2") int more) {
            semaphore.release(more);
        }

        @Operation
        public int look() {
            return semaphore.availablePermits();
        }
    }

    /** The mutant: permits may be added or taken between its two steps. */
    public static final class DrainInTwoSteps extends Base {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, memory, 0, PRIVATE);

        @Operation
        public boolean take(@Param(gen = IntGen.class, conf = "1:3") int n) {
            return semaphore.tryAcquire(n);
        }

        @Operation
        public int drain() {
            int all = semaphore.availablePermits();
            memory.getAndSet(0, 0);
            return all;
        }

        @Operation
        public void give(@Param(gen = IntGen.class, conf = "1:2") int more) {
            semaphore.release(more);
        }

        @Operation
        public int look() {
            return semaphore.availablePermits();
        }
    }

    @Test
    void readWriteLock() {
        Linearizable.holds(3, Pair.class, Cell.class);
    }

    public static final class Cell {
        private int value;

        public int write(int now) {
            int before = value;
            value = now;
            return before;
        }

        public int read() {
            return 2 * value;
        }
    }

    /** A value of two words, which are written one after the other. */
    public static final class Pair extends Base {
        private final ReadWriteLock lock = new FutexReadWriteLock(table, memory, 0, PRIVATE);
        private int one;
        private int other;

        @Operation
        public int write(@Param(gen = IntGen.class, conf = "1:5") int now) {
            lock.writeLock().lock();
            try {
                int before = one;
                one = now;
                other = now;
                return before;
            } finally {
                lock.writeLock().unlock();
            }
        }

        @Operation
        public int read() {
            lock.readLock().lock();
            try {
                return one + other;
            } finally {
                lock.readLock().unlock();
            }
        }
    }

    @Test
    void latch() {
        Linearizable.holds(3, Latch.class, CountDown.class);
    }

    public static final class CountDown {
        private int n = 3;

        public void down() {
            n = Math.max(n - 1, 0);
        }

        public int look() {
            return n;
        }

        public boolean isOpen() {
            return n == 0;
        }
    }

    public static final class Latch extends Base {
        private final FutexLatch latch = new FutexLatch(table, memory, 0, PRIVATE);

        public Latch() {
            latch.arm(3);
        }

        @Operation
        public void down() {
            latch.countDown();
        }

        @Operation
        public int look() {
            return latch.getCount();
        }

        @Operation
        public boolean isOpen() throws InterruptedException {
            return latch.await(0, TimeUnit.NANOSECONDS);
        }
    }

    @Test
    void once() {
        Linearizable.holds(3, Once.class, Done.class);
    }

    public static final class Done {
        private boolean done;

        public int run() {
            done = true;
            return 1;
        }

        public boolean isDone() {
            return done;
        }
    }

    public static final class Once extends Base {
        private final FutexOnce once = new FutexOnce(table, memory, 0, PRIVATE);
        private int n;

        /** Returns how often the action has run. */
        @Operation
        public int run() {
            once.run(() -> n++);
            return n;
        }

        @Operation
        public boolean isDone() {
            return once.isDone();
        }
    }
}
