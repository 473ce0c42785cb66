package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.jfutex.PiWorld.D;
import static org.jfutex.PiWorld.W;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The scenarios of the kernel's self-tests of PI locks, with threads that really sleep. */
class PiScenarioTest {

    private static final long COND = 256;
    private static final long LOCK = 64;
    private static final int ALL = Integer.MAX_VALUE;

    private final PiWorld w = new PiWorld();
    private final PiTask waker = w.task(1);

    /** A thread and its future result. */
    private static final class Running<T> extends FutureTask<T> {

        final Thread thread;

        Running(Callable<T> call) {
            super(call);
            thread = new Thread(this);
            thread.setDaemon(true);
            thread.start();
        }

        T result() throws InterruptedException {
            try {
                return get(60, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause());
            } catch (TimeoutException e) {
                throw new AssertionError("still asleep", e);
            }
        }
    }

    private void awaitAsleep(Thread thread) {
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            assertTrue(thread.isAlive());
            Thread.onSpinWait();
        }
    }

    private void awaitWaiters(int count, long address, Scope scope) {
        while (w.table.waiterCount(w.memory, address, scope) != count) {
            Thread.onSpinWait();
        }
    }

    // ---- timeouts

    @ParameterizedTest
    @CsvSource({"REALTIME, PRIVATE", "REALTIME, SHARED", "MONOTONIC, PRIVATE", "MONOTONIC, SHARED"})
    void lock_neverUnlocked_timesOutOnEachClock(ClockId clockId, Scope scope) throws InterruptedException {
        w.lock(waker, LOCK, scope);
        PiTask task = w.task(2, 10);
        Running<PiResult> locker = new Running<>(() -> task.lock(LOCK, scope, Deadline.at(clockId, 1_000)));
        awaitWaiters(1, LOCK, scope);
        assertEquals(10, waker.effectivePriority());
        w.clock.advance(999);
        awaitAsleep(locker.thread);
        assertFalse(locker.isDone());
        w.clock.advance(1);
        assertEquals(PiResult.TIMED_OUT, locker.result());
        assertEquals(0, waker.effectivePriority());
        assertEquals(1 | W, w.word(LOCK));
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(ClockId.class)
    void requeueWaiterTimesOutOnEitherClock(ClockId clockId) throws InterruptedException {
        PiTask task = w.task(2);
        Running<PiResult> waiter = new Running<>(
                () -> task.prepareWaitRequeue(COND, 0, LOCK, Scope.PRIVATE).await(Deadline.at(clockId, 1_000)));
        awaitWaiters(1, COND, Scope.PRIVATE);
        awaitAsleep(waiter.thread);
        w.clock.advance(1_000);
        assertEquals(PiResult.TIMED_OUT, waiter.result());
        w.assertQuiet();
    }

    // ---- requeue

    @ParameterizedTest
    @CsvSource({
        "false, 0, NEVER",
        "true, 0, NEVER",
        "true, 1, NEVER",
        "true, 2, NEVER",
        "true, 0, SOON",
        "true, 1, SOON",
        "true, 2, SOON",
        "false, 1, SOON",
        "false, 2, SOON"
    })
    void tenWaiters_signalOrBroadcast_unlockInTurn(boolean broadcast, int holder, String deadline)
            throws InterruptedException {
        for (Scope scope : Scope.values()) {
            w.store(LOCK, 0);
            PiTask third = w.task(2);
            PiTask owner = holder == 0 ? null : holder == 1 ? waker : third;
            if (owner != null) {
                w.lock(owner, LOCK, scope);
            }
            List<Running<PiResult>> waiters = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                PiTask task = w.task(10 + i, 1);
                PiWait wait = w.blockRequeue(task, COND, LOCK, scope);
                waiters.add(new Running<>(() -> {
                    PiResult result = wait.await(deadline.equals("SOON") ? Deadline.after(500) : Deadline.NEVER);
                    if (result == PiResult.LOCKED) {
                        assertEquals(PiResult.UNLOCKED, task.unlock(LOCK, scope));
                    }
                    return result;
                }));
            }
            int total = 0;
            do {
                total += w.table
                        .compareAndRequeuePi(w.memory, COND, LOCK, scope, broadcast ? ALL : 0, 0)
                        .total();
            } while (total < 10);
            if (deadline.equals("SOON")) {
                w.clock.advance(1_000);
            }
            if (owner != null) {
                assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, scope));
            }
            for (Running<PiResult> waiter : waiters) {
                PiResult result = waiter.result();
                assertTrue(result == PiResult.LOCKED || (result == PiResult.TIMED_OUT && deadline.equals("SOON")));
            }
            assertEquals(0, w.word(LOCK) & PiTask.MAX_TID);
            w.assertQuiet();
        }
    }

    @Test
    void requeue_lockWithPlainWaiter_isRefused() throws InterruptedException {
        Running<WaitResult> waiter = new Running<>(() -> w.table.await(w.memory, COND, Scope.PRIVATE, 0));
        awaitWaiters(1, COND, Scope.PRIVATE);
        assertEquals(
                PiResult.INCONSISTENT,
                w.table
                        .compareAndRequeuePi(w.memory, COND, LOCK, Scope.PRIVATE, 0, 0)
                        .outcome());
        assertEquals(1, w.table.wake(w.memory, COND, Scope.PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, waiter.result());
    }

    @Test
    void interrupt_beforeOrAfterRequeue_wasMovedIsRight() throws InterruptedException {
        PiTask task = w.task(2);
        List<PiWait> waits = new ArrayList<>();
        Callable<PiResult> wait = () -> {
            PiWait prepared = task.prepareWaitRequeue(COND, 0, LOCK, Scope.PRIVATE);
            waits.add(prepared);
            assertThrows(InterruptedException.class, prepared::await);
            return requireNonNull(prepared.poll());
        };
        w.lock(waker, LOCK, Scope.PRIVATE);
        for (boolean requeue : new boolean[] {false, true}) {
            Running<PiResult> waiter = new Running<>(wait);
            awaitWaiters(1, COND, Scope.PRIVATE);
            awaitAsleep(waiter.thread);
            if (requeue) {
                assertEquals(
                        1,
                        w.table
                                .compareAndRequeuePi(w.memory, COND, LOCK, Scope.PRIVATE, 0, 0)
                                .total());
            }
            waiter.thread.interrupt();
            assertEquals(PiResult.CANCELLED, waiter.result());
            assertEquals(requeue, waits.remove(0).wasMoved());
        }
        assertEquals(1 | W, w.word(LOCK), "the interrupted thread does not own it");
        assertEquals(PiResult.UNLOCKED, waker.unlock(LOCK, Scope.PRIVATE));
        w.assertQuiet();
    }

    // ---- interrupts and callbacks

    @Test
    void interrupt_lockWaiter_endsWaitAndInheritance() throws InterruptedException {
        w.lock(waker, LOCK, Scope.PRIVATE);
        PiTask task = w.task(2, 50);
        Running<PiResult> locker = new Running<>(() -> task.lock(LOCK, Scope.PRIVATE, Deadline.NEVER));
        awaitWaiters(1, LOCK, Scope.PRIVATE);
        awaitAsleep(locker.thread);
        assertEquals(locker.thread, w.table.waiters().get(0).thread());
        locker.thread.interrupt();
        ExecutionException e = assertThrows(ExecutionException.class, () -> locker.get(60, TimeUnit.SECONDS));
        assertTrue(e.getCause() instanceof InterruptedException);
        assertEquals(0, waker.effectivePriority());
        w.assertQuiet();
    }

    @Test
    void interrupt_afterHandOff_lockIsHeldInterruptPending() throws InterruptedException {
        w.lock(waker, LOCK, Scope.PRIVATE);
        PiWait wait = w.block(w.task(2), LOCK, Scope.PRIVATE);
        waker.unlock(LOCK, Scope.PRIVATE);
        Thread.currentThread().interrupt();
        assertEquals(PiResult.LOCKED, wait.await());
        assertTrue(Thread.interrupted());
        assertEquals(PiResult.LOCKED, wait.cancel());
        assertEquals(2 | W, w.word(LOCK));
    }

    @Test
    void lockCallback_mayLockAndUnlock() {
        w.lock(waker, LOCK, Scope.PRIVATE);
        PiTask task = w.task(2);
        List<PiResult> results = new ArrayList<>();
        w.block(task, LOCK, Scope.PRIVATE).onEnd(result -> {
            results.add(result);
            results.add(task.tryLock(128, Scope.PRIVATE));
            results.add(task.unlock(LOCK, Scope.PRIVATE));
        });
        waker.unlock(LOCK, Scope.PRIVATE);
        assertEquals(List.of(PiResult.LOCKED, PiResult.LOCKED, PiResult.UNLOCKED), results);
        assertEquals(0, w.word(LOCK));
    }

    // ---- owners that exit

    @ParameterizedTest
    @EnumSource(Scope.class)
    void ownerExit_waiter_ownsLockWithOwnerDied(Scope scope) throws InterruptedException {
        assertEquals(PiResult.LOCKED, waker.tryLock(LOCK, scope));
        assertEquals(PiResult.DEADLOCK, waker.tryLock(LOCK, scope));
        assertEquals(PiResult.UNLOCKED, waker.unlock(LOCK, scope));
        w.lock(waker, LOCK, scope);
        PiTask task = w.task(2);
        Running<PiResult> locker = new Running<>(() -> task.lock(LOCK, scope, Deadline.NEVER));
        awaitWaiters(1, LOCK, scope);
        awaitAsleep(locker.thread);
        waker.exit();
        assertEquals(PiResult.LOCKED, locker.result());
        assertEquals(2 | W | D, w.word(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void lock_racingWithOwnersExit_isOwnedOrHasNoOwner(Scope scope) throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            w.store(LOCK, 0);
            PiTask dying = w.task(1000 + i);
            PiTask task = w.task(5000 + i);
            w.lock(dying, LOCK, scope);
            CountDownLatch start = new CountDownLatch(1);
            Running<PiResult> locker = new Running<>(() -> {
                start.await();
                return task.lock(LOCK, scope, Deadline.NEVER);
            });
            start.countDown();
            dying.exit();
            PiResult result = locker.result();
            if (result == PiResult.LOCKED) {
                assertEquals(5000 + i | W | D, w.word(LOCK));
            } else {
                assertEquals(PiResult.NO_OWNER, result);
                assertEquals(1000 + i | W, w.word(LOCK));
            }
            w.tasks.remove(1000 + i);
            w.tasks.remove(5000 + i);
        }
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void lock_ownerDiesAfterLookup_doesNotWait(Scope scope) throws InterruptedException {
        PiTask task = w.task(2);
        w.lock(waker, LOCK, scope);
        Running<@Nullable PiResult> locker;
        w.table.inheritance.lock();
        try {
            locker = new Running<>(() -> task.prepareLock(LOCK, scope).poll());
            awaitAsleep(locker.thread); // it has found the owner alive, and now waits
            waker.exit();
        } finally {
            w.table.inheritance.unlock();
        }
        assertEquals(PiResult.NO_OWNER, locker.result());
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void sixtyFourThreadsOnOneLockAllFinish(Scope scope) throws InterruptedException {
        long[] counter = new long[1]; // guarded by the lock
        List<Running<@Nullable Void>> threads = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            PiTask task = w.task(100 + i, i % 3);
            threads.add(new Running<>(() -> {
                for (int j = 0; j < 50; j++) {
                    if (w.object.compareAndExchange(LOCK, 0, task.tid()) != 0) {
                        assertEquals(PiResult.LOCKED, task.lock(LOCK, scope, Deadline.NEVER));
                    }
                    counter[0]++;
                    if (w.object.compareAndExchange(LOCK, task.tid(), 0) != task.tid()) {
                        assertEquals(PiResult.UNLOCKED, task.unlock(LOCK, scope));
                    }
                }
                return null;
            }));
        }
        for (Running<?> thread : threads) {
            thread.result();
        }
        assertEquals(64 * 50, counter[0]);
        assertEquals(0, w.word(LOCK));
        w.assertQuiet();
    }
}
