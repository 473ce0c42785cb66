package org.jfutex.model;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexCondition;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexOnce;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the blocking operations of the four-byte locks: no thread sleeps for ever, critical sections exclude each
 * other, and no permit is lost.
 *
 * <p>The deep form, with {@code -Djfutex.lincheck=deep -Djfutex.lincheck.most=3000} on JDK 17, tries at most 3,000
 * interleavings of each of the ten scenarios. It took 2 minutes and found no failure.
 */
// The updates under test are unsafe on purpose. A part that throws has failed the test, and may keep its lock.
@SuppressWarnings({"NonAtomicVolatileUpdate", "LockNotBeforeTry", "WaitNotInLoop", "JavaUtilDate"})
@Tag("model")
class LockScenarioTest {

    private static final int QUICK = 60;

    /** A counter under a lock. No other thread may enter during an update. */
    private abstract static class Counting extends Scenario {
        private volatile int inside;
        private volatile int sum;
        private volatile boolean crowded;

        Counting(int threads) {
            super(threads);
        }

        final void count(Lock lock) {
            lock.lock();
            enter();
            lock.unlock();
        }

        final void enter() {
            inside = inside + 1;
            crowded |= inside != 1;
            sum = sum + 1;
            inside = inside - 1;
        }

        final void counted(int expected) {
            assertTrue(!crowded, "two threads were in the critical section");
            assertEquals(expected, sum);
        }
    }

    @Test
    void mutex() {
        Scenario.holds(QUICK, () -> new MutexOfThree());
        Scenario.fails("a lock without mutual exclusion", () -> new NoMutex());
    }

    private static final class MutexOfThree extends Counting {
        private final FutexMutex mutex = new FutexMutex(table, memory, A, PRIVATE);

        MutexOfThree() {
            super(3);
        }

        @Override
        void first() {
            count(mutex);
        }

        @Override
        void second() {
            count(mutex);
        }

        @Override
        void third() {
            count(mutex);
        }

        @Override
        void end() {
            counted(3);
            assertEquals(0, table.waiterCount(memory, A, PRIVATE));
        }
    }

    private static final class NoMutex extends Counting {
        NoMutex() {
            super(2);
        }

        @Override
        void first() {
            enter();
        }

        @Override
        void second() {
            enter();
        }

        @Override
        void end() {
            counted(2);
        }
    }

    @Test
    void mutexAgainstTimeout() {
        Scenario.holds(QUICK, () -> new MutexAgainstTimeout());
    }

    private static final class MutexAgainstTimeout extends Counting {
        private final FutexMutex mutex = new FutexMutex(table, memory, A, PRIVATE);
        private volatile int got;

        MutexAgainstTimeout() {
            super(3);
        }

        @Override
        void first() throws Exception {
            if (mutex.tryLock(1, TimeUnit.NANOSECONDS)) {
                enter();
                mutex.unlock();
                got = 1;
            }
        }

        @Override
        void second() {
            count(mutex);
        }

        @Override
        void third() {
            clock.advance(2);
            count(mutex);
        }

        @Override
        void end() {
            counted(2 + got);
            assertTrue(mutex.tryLock(), "the lock is lost");
        }
    }

    @Test
    void readWriteLock() {
        Scenario.holds(QUICK, () -> new ReadWriteLock());
    }

    private static final class ReadWriteLock extends Counting {
        private final FutexReadWriteLock lock = new FutexReadWriteLock(table, memory, A, PRIVATE);
        private volatile int x;
        private volatile int y;
        private volatile boolean torn;

        ReadWriteLock() {
            super(3);
        }

        private void write() {
            lock.writeLock().lock();
            x = x + 1;
            enter();
            y = y + 1;
            lock.writeLock().unlock();
        }

        @Override
        void first() {
            write();
        }

        @Override
        void second() {
            write();
        }

        @Override
        void third() {
            lock.readLock().lock();
            torn = x != y;
            lock.readLock().unlock();
        }

        @Override
        void end() {
            counted(2);
            assertTrue(!torn, "the reader read half of a write");
            assertTrue(lock.writeLock().tryLock(), "the lock is lost");
        }
    }

    @Test
    void semaphore() {
        Scenario.holds(QUICK, () -> new Semaphore());
    }

    /** One permit for two threads, released late. */
    private static final class Semaphore extends Scenario {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, memory, A, PRIVATE);

        Semaphore() {
            super(3);
        }

        @Override
        void first() throws Exception {
            semaphore.acquire();
            semaphore.release();
        }

        @Override
        void second() throws Exception {
            semaphore.acquire();
            semaphore.release();
        }

        @Override
        void third() {
            semaphore.release();
        }

        @Override
        void end() {
            assertEquals(1, semaphore.availablePermits());
        }
    }

    @Test
    void semaphoreOfSeveral() {
        Scenario.holds(QUICK, () -> new SemaphoreOfSeveral());
        Scenario.holds(QUICK, () -> new SemaphoreOfTwo());
    }

    /**
     * The first thread needs two permits, the second thread one. The third thread releases one permit.
     * The second thread, once it has its permit, releases two.
     */
    private static class SemaphoreOfSeveral extends Scenario {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, memory, A, PRIVATE);

        SemaphoreOfSeveral() {
            super(3);
        }

        void acquire(int permits) throws InterruptedException {
            semaphore.acquire(permits);
        }

        void release(int permits) {
            semaphore.release(permits);
        }

        @Override
        final void first() throws Exception {
            acquire(2);
        }

        @Override
        final void second() throws Exception {
            acquire(1);
            release(2);
        }

        @Override
        final void third() {
            release(1);
        }

        @Override
        final void end() {
            assertEquals(0, Math.max(0, memory.load(A)));
            assertEquals(0, table.waiterCount(memory, A, PRIVATE));
        }
    }

    /** Two threads need both permits, which are released one by one. */
    private static class SemaphoreOfTwo extends Scenario {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, memory, A, PRIVATE);

        SemaphoreOfTwo() {
            super(3);
        }

        void acquire(int permits) throws InterruptedException {
            semaphore.acquire(permits);
        }

        void release(int permits) {
            semaphore.release(permits);
        }

        @Override
        final void first() throws Exception {
            acquire(2);
            release(2);
        }

        @Override
        final void second() throws Exception {
            acquire(2);
            release(2);
        }

        @Override
        final void third() {
            release(1);
            release(1);
        }
    }

    private static final class MutantOfSeveral extends SemaphoreOfSeveral {
        private final MutantSemaphore semaphore;

        MutantOfSeveral(MutantSemaphore.Bug bug) {
            semaphore = new MutantSemaphore(bug, table, memory, A);
        }

        @Override
        void acquire(int permits) throws InterruptedException {
            semaphore.acquire(permits);
        }

        @Override
        void release(int permits) {
            semaphore.release(permits);
        }
    }

    private static final class MutantOfTwo extends SemaphoreOfTwo {
        private final MutantSemaphore semaphore;

        MutantOfTwo(MutantSemaphore.Bug bug) {
            semaphore = new MutantSemaphore(bug, table, memory, A);
        }

        @Override
        void acquire(int permits) throws InterruptedException {
            semaphore.acquire(permits);
        }

        @Override
        void release(int permits) {
            semaphore.release(permits);
        }
    }

    /** Two threads wait for one permit each. Two permits are released one by one. */
    private static final class MutantOfOnes extends Scenario {
        private final MutantSemaphore semaphore;

        MutantOfOnes(MutantSemaphore.Bug bug) {
            super(3);
            semaphore = new MutantSemaphore(bug, table, memory, A);
        }

        @Override
        void first() throws Exception {
            semaphore.acquire(1);
        }

        @Override
        void second() throws Exception {
            semaphore.acquire(1);
        }

        @Override
        void third() {
            semaphore.release(1);
            semaphore.release(1);
        }
    }

    @Test
    void semaphoreMutants_areDetected() {
        Scenario.holdsQuickly(QUICK, () -> new MutantOfSeveral(MutantSemaphore.Bug.NONE));
        Scenario.holdsQuickly(QUICK, () -> new MutantOfTwo(MutantSemaphore.Bug.NONE));
        Scenario.holdsQuickly(QUICK, () -> new MutantOfOnes(MutantSemaphore.Bug.NONE));
        Scenario.fails(
                "a woken thread that keeps its wake", () -> new MutantOfSeveral(MutantSemaphore.Bug.KEEPS_THE_WAKE));
        Scenario.fails(
                "a woken thread that wakes no other", () -> new MutantOfOnes(MutantSemaphore.Bug.DROPS_THE_TOKEN));
        Scenario.fails("permits taken one by one", () -> new MutantOfTwo(MutantSemaphore.Bug.TAKES_ONE_BY_ONE));
    }

    @Test
    void condition() {
        Scenario.holds(QUICK, () -> new Condition());
        Scenario.fails("a check of the predicate before the lock is held", () -> new ConditionTooLate());
    }

    private static class Condition extends Scenario {
        final FutexMutex mutex = new FutexMutex(table, memory, A, PRIVATE);
        final FutexCondition condition = mutex.newCondition(B);
        volatile boolean ready;

        Condition() {
            super(2);
        }

        @Override
        void first() throws Exception {
            mutex.lock();
            while (!ready) {
                condition.await();
            }
            mutex.unlock();
        }

        @Override
        void second() {
            mutex.lock();
            ready = true;
            condition.signal();
            mutex.unlock();
        }

        @Override
        final void end() {
            assertTrue(mutex.tryLock(), "the lock is lost");
        }
    }

    /** The first thread reads its predicate before it locks. */
    private static final class ConditionTooLate extends Condition {
        @Override
        void first() throws Exception {
            boolean go = ready;
            mutex.lock();
            if (!go) {
                condition.await();
            }
            mutex.unlock();
        }
    }

    @Test
    void signalAgainstTimeout() {
        Scenario.holds(QUICK, () -> new SignalAgainstTimeout());
    }

    /**
     * One of two waiters times out. The signal must reach the other one, unless the first reports that it was
     * signalled.
     */
    private static final class SignalAgainstTimeout extends Scenario {
        private final FutexMutex mutex = new FutexMutex(table, memory, A, PRIVATE);
        private final FutexCondition condition = mutex.newCondition(B);
        private volatile boolean second;

        SignalAgainstTimeout() {
            super(3);
        }

        @Override
        void first() throws Exception {
            mutex.lock();
            boolean signalled = condition.awaitUntil(new Date(1));
            if (signalled) {
                condition.signal();
            }
            mutex.unlock();
        }

        @Override
        void second() throws Exception {
            mutex.lock();
            while (!second) {
                condition.await();
            }
            mutex.unlock();
        }

        @Override
        void third() {
            clock.advance(2_000_000);
            mutex.lock();
            second = true;
            condition.signal();
            mutex.unlock();
        }
    }

    @Test
    void barrier() {
        Scenario.holds(QUICK, () -> new Barrier());
    }

    private static final class Barrier extends Scenario {
        private final FutexBarrier barrier = new FutexBarrier(table, memory, A, PRIVATE, 2);
        private volatile int arrived;
        private volatile boolean early;

        Barrier() {
            super(2);
        }

        private synchronized void arrive() {
            arrived++;
        }

        private void meetTwice() throws InterruptedException {
            arrive();
            barrier.await();
            early |= arrived < 2;
            arrive();
            barrier.await();
            early |= arrived < 4;
        }

        @Override
        void first() throws Exception {
            meetTwice();
        }

        @Override
        void second() throws Exception {
            meetTwice();
        }

        @Override
        void end() {
            assertTrue(!early, "a thread passed the barrier early");
            assertEquals(0, barrier.getNumberWaiting());
        }
    }

    @Test
    void latch() {
        Scenario.holds(QUICK, () -> new Latch());
    }

    private static final class Latch extends Scenario {
        private final FutexLatch latch = new FutexLatch(table, memory, A, PRIVATE);
        private volatile boolean early;

        Latch() {
            super(3);
            latch.arm(2);
        }

        @Override
        void first() throws Exception {
            latch.await();
            early = latch.getCount() != 0;
        }

        @Override
        void second() {
            latch.countDown();
        }

        @Override
        void third() {
            latch.countDown();
        }

        @Override
        void end() {
            assertTrue(!early);
        }
    }

    @Test
    void once() {
        Scenario.holds(QUICK, () -> new Once());
    }

    private static final class Once extends Scenario {
        private final FutexOnce once = new FutexOnce(table, memory, A, PRIVATE);
        private volatile int done;
        private volatile boolean early;

        Once() {
            super(3);
        }

        private void run() {
            once.run(this::action);
            early |= done != 1;
        }

        private void action() {
            done = done + 1;
        }

        @Override
        void first() {
            run();
        }

        @Override
        void second() {
            run();
        }

        @Override
        void third() {
            run();
        }

        @Override
        void end() {
            assertTrue(!early, "a thread continued before the action was done");
            assertEquals(1, done);
        }
    }

    @Test
    void onceIfTheFirstFails() {
        Scenario.holds(QUICK, () -> new OnceFails());
    }

    private static final class OnceFails extends Scenario {
        private final FutexOnce once = new FutexOnce(table, memory, A, PRIVATE);
        private volatile int tries;
        private volatile int failures;

        OnceFails() {
            super(2);
        }

        private void run() {
            try {
                once.run(this::action);
            } catch (IllegalStateException e) {
                failures = failures + 1;
            }
        }

        private void action() {
            tries = tries + 1;
            if (tries == 1) {
                throw new IllegalStateException("the first try");
            }
        }

        @Override
        void first() {
            run();
        }

        @Override
        void second() {
            run();
        }

        @Override
        void end() {
            assertEquals(1, failures);
            assertEquals(2, tries);
            assertTrue(once.isDone());
        }
    }
}
