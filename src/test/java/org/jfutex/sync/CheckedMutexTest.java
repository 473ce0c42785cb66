package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that a checked mutex rejects calls of threads that do not own it, and waits of its owner for itself. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"})
class CheckedMutexTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexMutex mutex = FutexMutex.checked(words.table(), words.memory(), words.address(0), words.scope());
    private final FutexCondition condition = mutex.newCondition(words.address(1));

    static List<Threads> kinds() {
        return Threads.available();
    }

    private void refused(Threads.Action action) {
        int[] before = {words.load(0), words.load(1)};
        IllegalMonitorStateException refused = assertThrows(IllegalMonitorStateException.class, action::run);
        assertTrue(
                String.valueOf(refused.getMessage())
                        .contains(Thread.currentThread().toString()),
                refused::toString);
        assertEquals(before[0], words.load(0), "the mutex has not changed");
        assertEquals(before[1], words.load(1), "the condition has not changed");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void foreignUnlockAwaitAndSignal_areRefused(Threads kind) throws Exception {
        mutex.lock();
        words.store(1, 1); // a signal must check the queue
        kind.start(() -> {
                    refused(mutex::unlock);
                    refused(condition::await);
                    refused(condition::awaitUninterruptibly);
                    refused(() -> condition.await(1, TimeUnit.SECONDS));
                    refused(condition::signal);
                    refused(condition::signalAll);
                    assertFalse(mutex.tryLock());
                })
                .join();
        mutex.unlock();
        assertFalse(mutex.isLocked());
    }

    @Test
    void lockingTwice_isRefused() {
        mutex.lock();
        refused(mutex::lock);
        refused(mutex::lockInterruptibly);
        refused(() -> mutex.tryLock(1, TimeUnit.SECONDS));
        assertFalse(mutex.tryLock());
        mutex.unlock();
        assertThrows(IllegalMonitorStateException.class, mutex::unlock);
        assertTrue(mutex.tryLock());
        mutex.unlock();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void contendedLock_hasAnOwner(Threads kind) throws Exception {
        mutex.lock();
        Threads.Running waiter = kind.start(() -> {
            mutex.lock();
            refused(mutex::lock);
            mutex.unlock();
        });
        words.untilWaiters(0, 1);
        mutex.unlock();
        waiter.join();
        mutex.lock();
        mutex.unlock();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void waitAtACondition_givesTheMutexAwayAndTakesItAgain(Threads kind) throws Exception {
        Threads.Running waiter = kind.start(() -> {
            mutex.lock();
            condition.await();
            refused(mutex::lock);
            condition.awaitNanos(1000);
            refused(mutex::lock);
            mutex.unlock();
        });
        words.untilWaiters(1, 1);
        mutex.lock();
        condition.signal();
        refused(mutex::lock);
        mutex.unlock();
        Threads.until(() -> words.waiters(1) == 1 || waiter.isOver());
        clock.advance(1000);
        waiter.join();
        assertFalse(mutex.isLocked());
    }

    /** The memory fails when the wait is about to free the mutex; the thread still holds it. */
    @Test
    void waitThatFailsBeforeItFreesTheMutex_keepsTheOwner() {
        for (int call = 0; call < 3; call++) {
            Faults faults = new Faults();
            FutexMutex failing = FutexMutex.checked(words.table(), faults.memory, 0, words.scope());
            failing.lock();
            faults.failAt(call, () -> new IllegalStateException("planned"));
            assertThrows(
                    IllegalStateException.class, () -> failing.newCondition(4).awaitNanos(0));
            faults.work();
            failing.unlock();
            assertFalse(failing.isLocked());
        }
    }
}
