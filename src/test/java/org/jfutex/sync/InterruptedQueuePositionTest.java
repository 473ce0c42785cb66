package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that a thread keeps its position in the queue when an interrupt stays pending. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // a failed test may leave the lock as it is
class InterruptedQueuePositionTest {

    private static final int WAITERS = 4;

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final List<Integer> order = Collections.synchronizedList(new ArrayList<>());

    /** A lock for which threads wait in order. */
    private enum Queue {
        MUTEX,
        SEMAPHORE,
        SEMAPHORE_SEVERAL,
        WRITE_LOCK
    }

    private Lock lock(Queue queue) {
        return queue == Queue.WRITE_LOCK ? words.readWriteLock(0).writeLock() : words.mutex(0);
    }

    private void hold(Queue queue) {
        if (queue == Queue.MUTEX || queue == Queue.WRITE_LOCK) {
            lock(queue).lock();
        }
    }

    private void free(Queue queue) {
        switch (queue) {
            case SEMAPHORE -> words.semaphore(0).release();
            case SEMAPHORE_SEVERAL -> words.semaphore(0).release(3);
            default -> lock(queue).unlock();
        }
    }

    /** Waits, records that this thread's turn has come, and releases. */
    private void take(Queue queue, int me) {
        switch (queue) {
            case SEMAPHORE -> words.semaphore(0).acquireUninterruptibly();
            case SEMAPHORE_SEVERAL -> words.semaphore(0).acquireUninterruptibly(3);
            default -> lock(queue).lock();
        }
        order.add(me);
        free(queue);
    }

    @ParameterizedTest
    @EnumSource
    void waitersAreServedInOrder_afterInterrupts(Queue queue) throws Exception {
        hold(queue);
        List<Threads.Running> waiters = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            int me = i;
            waiters.add(Threads.PLATFORM.start(() -> {
                take(queue, me);
                assertEquals(me < WAITERS - 1, Thread.interrupted(), "the interrupt is pending");
            }));
            words.untilWaiters(0, i + 1);
        }
        for (int i = 0; i < WAITERS - 1; i++) {
            interruptAsleep(waiters.get(i), WAITERS);
        }
        free(queue);
        for (Threads.Running waiter : waiters) {
            waiter.join();
        }
        assertEquals(List.of(0, 1, 2, 3), order);
    }

    /** A wait at a condition has timed out, and waits for the mutex when the interrupt comes. */
    @ParameterizedTest
    @EnumSource(names = {"PLATFORM", "VIRTUAL"})
    void conditionLocksAgainInOrder_afterAnInterrupt(Threads kind) throws Exception {
        if (!Threads.available().contains(kind)) {
            return;
        }
        FutexMutex mutex = words.mutex(0);
        FutexCondition condition = mutex.newCondition(words.address(1));
        Threads.Running first = kind.start(() -> {
            mutex.lock();
            condition.awaitNanos(TimeUnit.SECONDS.toNanos(1));
            order.add(0);
            mutex.unlock();
            assertTrue(Thread.interrupted(), "the interrupt is pending");
        });
        words.untilWaiters(1, 1);
        mutex.lock();
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        words.untilWaiters(0, 1);
        Threads.Running second = kind.start(() -> take(Queue.MUTEX, 1));
        words.untilWaiters(0, 2);
        interruptAsleep(first, 2);
        mutex.unlock();
        first.join();
        second.join();
        assertEquals(List.of(0, 1), order);
    }

    /** Interrupts a sleeping thread, and returns when it has received the interrupt and sleeps again. */
    private void interruptAsleep(Threads.Running waiter, int waiters) {
        Threads.until(() -> waiter.thread.getState() == Thread.State.WAITING);
        waiter.thread.interrupt();
        Threads.until(() -> !waiter.thread.isInterrupted()
                && waiter.thread.getState() == Thread.State.WAITING
                && words.waiters(0) == waiters);
    }
}
