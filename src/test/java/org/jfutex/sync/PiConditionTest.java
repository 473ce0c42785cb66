package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jfutex.FutexTable;
import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.PiWait;
import org.jfutex.Scope;
import org.jfutex.key.ForwardingMemory;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PiConditionTest {

    private static final int MUTEX = 0;
    private static final int CONDITION = 2;
    private static final int D = 1 << 30;

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final PiMutex mutex = words.piMutex(MUTEX);
    private final PiCondition condition = mutex.newCondition(words.address(CONDITION));
    private final PiTask me = words.task();

    static List<Threads> kinds() {
        return Threads.available();
    }

    static Stream<Object[]> contests() {
        return Contest.placesAndKinds().stream();
    }

    private interface Await {
        void run(PiTask task) throws Exception;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_cannotQueueOwnerDied_returnsOwnerDied(Threads kind) throws Exception {
        WordPlacement.Side narrow = WordPlacement.privateWords(
                FutexTable.builder().keyWaiterLimit(1), FlatMemory.of(ByteBuffer.allocateDirect(WordPlacement.SIZE)));
        PiMutex m = narrow.piMutex(MUTEX);
        PiCondition c = m.newCondition(narrow.address(CONDITION));
        PiTask first = narrow.task();
        PiTask waiting = narrow.task();
        PiTask dying = narrow.task();
        Threads.Running there = kind.start(() -> {
            m.lock(first);
            assertEquals(AwaitResult.SIGNALLED, c.await(first));
            m.unlock(first);
        });
        narrow.untilWaiters(CONDITION, 1);
        m.lock(waiting);
        Threads.Running next = kind.start(() -> m.lock(dying));
        narrow.untilWaiters(MUTEX, 1);
        Threads.Running refused = kind.start(() -> {
            assertEquals(AwaitResult.OWNER_DIED, c.await(waiting));
            m.markConsistent(waiting);
            c.signal(waiting);
            m.unlock(waiting);
        });
        next.join();
        narrow.untilWaiters(MUTEX, 1);
        dying.exit();
        refused.join();
        there.join();
    }

    private Threads.Running waiter(Threads kind, Await await) {
        return waiter(kind, words.task(), await);
    }

    /** Starts a thread that waits, and returns when it waits. */
    private Threads.Running waiter(Threads kind, PiTask task, Await await) {
        int before = words.waiters(CONDITION);
        Threads.Running running = kind.start(() -> {
            mutex.lock(task);
            await.run(task);
            mutex.unlock(task);
        });
        words.untilWaiters(CONDITION, before + 1);
        return running;
    }

    private void signal() {
        mutex.lock(me);
        condition.signal(me);
        mutex.unlock(me);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void signal_oneWaiter_returnsHoldingMutex(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, task -> {
            assertEquals(AwaitResult.SIGNALLED, condition.await(task));
            assertTrue(mutex.isHeldBy(task));
        });
        signal();
        waiter.join();
        assertEquals(0, words.load(MUTEX));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void signal_severalWaiters_highestThenFirst(Threads kind) throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Threads.Running> waiters = new ArrayList<>();
        int[] priorities = {0, 10, 0, 50, 10};
        for (int i = 0; i < priorities.length; i++) {
            int number = i;
            PiTask task = words.task();
            task.setPriority(priorities[i]);
            waiters.add(waiter(kind, task, t -> {
                condition.await(t);
                order.add(number);
            }));
        }
        for (int i = 1; i <= priorities.length; i++) {
            signal();
            int count = i;
            Threads.until(() -> order.size() == count);
        }
        for (Threads.Running waiter : waiters) {
            waiter.join();
        }
        assertEquals(List.of(3, 1, 4, 0, 2), order);
    }

    @Test
    void signalMovesAndTheUnlockHandsOver() throws Exception {
        List<Threads.Running> waiters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            PiTask task = words.task();
            task.setPriority(10 * i);
            waiters.add(waiter(Threads.PLATFORM, task, condition::await));
        }
        mutex.lock(me);
        condition.signal(me);
        assertEquals(1, words.waiters(MUTEX));
        assertEquals(20, me.effectivePriority(), "the holder runs at the priority of whom it has signalled");
        condition.signalAll(me);
        assertEquals(0, words.waiters(CONDITION));
        assertEquals(3, words.waiters(MUTEX));
        assertFalse(waiters.stream().anyMatch(Threads.Running::isOver));
        mutex.unlock(me);
        assertEquals(0, me.effectivePriority());
        for (Threads.Running waiter : waiters) {
            waiter.join();
        }
        assertEquals(0, words.load(MUTEX));
    }

    @Test
    void signalWithoutWaitersIsNotKept() throws Exception {
        signal();
        mutex.lock(me);
        condition.signalAll(me);
        mutex.unlock(me);
        Threads.Running waiter = waiter(Threads.PLATFORM, condition::await);
        assertEquals(1, words.waiters(CONDITION));
        signal();
        waiter.join();
    }

    @Test
    void waitAndSignal_withoutMutex_areRefused() {
        assertThrows(IllegalMonitorStateException.class, () -> condition.await(me));
        assertThrows(IllegalMonitorStateException.class, () -> condition.awaitUninterruptibly(me));
        assertThrows(IllegalMonitorStateException.class, () -> condition.await(me, 1, TimeUnit.SECONDS));
        assertThrows(IllegalMonitorStateException.class, () -> condition.signal(me));
        assertThrows(IllegalMonitorStateException.class, () -> condition.signalAll(me));
        assertEquals(0, words.load(CONDITION));
        assertEquals(0, words.waiters(CONDITION));
    }

    @Test
    void newCondition_mutexWords_areRejected() {
        assertThrows(IllegalArgumentException.class, () -> mutex.newCondition(words.address(MUTEX)));
        assertThrows(IllegalArgumentException.class, () -> mutex.newCondition(words.address(MUTEX + 1)));
        assertThrows(IllegalArgumentException.class, () -> mutex.newCondition(words.address(CONDITION) + 2));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void timedWaitEndsWhenItsTimeHasPassed(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, task -> {
            assertEquals(AwaitResult.TIMED_OUT, condition.await(task, 5, TimeUnit.SECONDS));
            assertTrue(mutex.isHeldBy(task));
        });
        Threads.until(() -> clock.sleepers() == 1);
        clock.advance(TimeUnit.SECONDS.toNanos(5) - 1);
        assertEquals(1, words.waiters(CONDITION));
        clock.advance(1);
        waiter.join();
        assertEquals(0, words.waiters(CONDITION));
    }

    @Test
    void waitForNoTimeUnlocksAndLocks() throws Exception {
        mutex.lock(me);
        assertEquals(AwaitResult.TIMED_OUT, condition.await(me, 0, TimeUnit.SECONDS));
        assertTrue(mutex.isHeldBy(me));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptEndsAWaitWithTheMutexHeld(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, task -> {
            assertThrows(InterruptedException.class, () -> condition.await(task));
            assertTrue(mutex.isHeldBy(task));
            assertFalse(Thread.interrupted());
        });
        waiter.thread.interrupt();
        waiter.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_cannotQueueAtMutex_returnsHoldingMutex(Threads kind) throws Exception {
        VirtualClock time = new VirtualClock();
        WordPlacement.Side narrow = WordPlacement.privateWords(
                FutexTable.builder().clock(time).keyWaiterLimit(1),
                FlatMemory.of(ByteBuffer.allocateDirect(WordPlacement.SIZE)));
        PiMutex m = narrow.piMutex(MUTEX);
        PiCondition c = m.newCondition(narrow.address(CONDITION));
        PiTask waiting = narrow.task();
        PiTask holding = narrow.task();
        PiTask sleeping = narrow.task();
        Threads.Running waiter = kind.start(() -> {
            m.lock(waiting);
            assertEquals(AwaitResult.TIMED_OUT, c.await(waiting, 1, TimeUnit.SECONDS));
            assertTrue(m.isHeldBy(waiting));
        });
        Threads.until(() -> time.sleepers() == 1);
        m.lock(holding);
        Threads.Running sleeper = kind.start(() -> m.lock(sleeping));
        narrow.untilWaiters(MUTEX, 1);
        time.advance(TimeUnit.SECONDS.toNanos(1));
        Threads.until(() -> waiter.thread.getState() == Thread.State.TIMED_WAITING || waiter.isOver());
        assertFalse(waiter.isOver());
        m.unlock(holding);
        sleeper.join();
        assertFalse(waiter.isOver());
        m.unlock(sleeping);
        waiter.join();
    }

    @Test
    void await_interruptPending_throwsBeforeUnlock() throws Exception {
        mutex.lock(me);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> condition.await(me));
        assertEquals(me.tid(), words.load(MUTEX));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void awaitUninterruptibly_interrupt_keepsPositionAndInterrupt(Threads kind) throws Exception {
        Threads.Running first = waiter(kind, task -> {
            assertEquals(AwaitResult.SIGNALLED, condition.awaitUninterruptibly(task));
            assertTrue(Thread.interrupted());
        });
        Threads.Running second = waiter(kind, condition::await);
        first.thread.interrupt();
        Threads.until(() -> !first.thread.isInterrupted());
        assertEquals(2, words.waiters(CONDITION));
        signal();
        first.join();
        assertFalse(second.isOver());
        signal();
        second.join();
    }

    /** A memory that runs an action when a word becomes 0. */
    private static final class Hooked extends ForwardingMemory {

        Runnable whenFreed = () -> {};

        Hooked() {
            super(FlatMemory.of(ByteBuffer.allocateDirect(64)));
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            int seen = super.compareAndExchange(address, expected, desired);
            if (desired == 0 && seen == expected) {
                Runnable once = whenFreed;
                whenFreed = () -> {};
                once.run();
            }
            return seen;
        }
    }

    /** The waiter has unlocked and is not queued yet. */
    @Test
    void signal_beforeWaiterIsQueued_isNotLost() throws Exception {
        Hooked memory = new Hooked();
        WordPlacement.Side side = new WordPlacement.Side(words.table(), memory, 0, words.scope());
        PiMutex m = side.piMutex(0);
        PiCondition c = m.newCondition(side.address(2));
        PiTask waits = side.task();
        PiTask signals = side.task();
        Threads.Running waiter = Threads.PLATFORM.start(() -> {
            m.lock(waits);
            memory.whenFreed = () -> {
                m.lock(signals);
                c.signal(signals);
                m.unlock(signals);
            };
            assertEquals(AwaitResult.SIGNALLED, c.await(waits));
            assertTrue(m.isHeldBy(waits));
        });
        waiter.join();
    }

    // ---- signalled, and then

    private final List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
    private final PiTask holder = words.listened((task, priority) -> heard.add(priority));

    /**
     * Waits without the move to the mutex by the owner's signal: the waiter locks the mutex by itself.
     */
    private Threads.Running signalledAndGivesUp(Threads kind, Await await, Consumer<Thread> giveUp) {
        PiTask task = words.task();
        task.setPriority(5);
        Threads.Running waiter = waiter(kind, task, await);
        mutex.lock(holder);
        condition.signal(holder);
        assertEquals(List.of(5), heard);
        giveUp.accept(waiter.thread);
        Threads.until(() -> heard.equals(List.of(5, 0, 5)));
        mutex.unlock(holder);
        return waiter;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_deadlineAfterSignal_isSignalled(Threads kind) throws Exception {
        signalledAndGivesUp(
                        kind,
                        task -> assertEquals(AwaitResult.SIGNALLED, condition.await(task, 1, TimeUnit.SECONDS)),
                        thread -> {
                            Threads.until(() -> clock.sleepers() == 1);
                            clock.advance(TimeUnit.SECONDS.toNanos(1));
                        })
                .join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptAfterTheSignalStaysPending(Threads kind) throws Exception {
        signalledAndGivesUp(
                        kind,
                        task -> {
                            assertEquals(AwaitResult.SIGNALLED, condition.await(task));
                            assertTrue(Thread.interrupted());
                        },
                        Thread::interrupt)
                .join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void signal_waiterDiesAtMutex_isForwarded(Threads kind) throws Exception {
        signal_waiterDiesAtMutex_isForwarded(kind, condition::await);
    }

    private void signal_waiterDiesAtMutex_isForwarded(Threads kind, Await await) throws Exception {
        PiTask dying = words.task();
        Threads.Running first = kind.start(() -> {
            mutex.lock(dying);
            assertThrows(IllegalStateException.class, () -> await.run(dying));
        });
        words.untilWaiters(CONDITION, 1);
        Threads.Running second = waiter(kind, condition::await);
        mutex.lock(me);
        condition.signal(me);
        words.exit(dying);
        first.join();
        assertEquals(0, words.waiters(CONDITION));
        mutex.unlock(me);
        second.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void forwardSignal_outOfMemory_retries(Threads kind) throws Exception {
        ScarceMemory memory = new ScarceMemory();
        List<PiTask> tasks = new ArrayList<>();
        FutexTable table = FutexTable.builder().tasks(tid -> tasks.get(tid - 1)).build();
        for (int tid = 1; tid <= 3; tid++) {
            tasks.add(new PiTask(table, tid, memory));
        }
        PiTask signaller = tasks.get(0);
        PiTask dying = tasks.get(1);
        PiMutex m = new PiMutex(table, memory, 0, Scope.SHARED);
        PiCondition c = m.newCondition(8);
        Threads.Running first = kind.start(() -> {
            m.lock(dying);
            assertThrows(IllegalStateException.class, () -> c.await(dying));
        });
        Threads.until(() -> table.waiterCount(memory, 8, Scope.SHARED) == 1);
        Threads.Running second = kind.start(() -> {
            m.lock(tasks.get(2));
            c.await(tasks.get(2));
            m.unlock(tasks.get(2));
        });
        Threads.until(() -> table.waiterCount(memory, 8, Scope.SHARED) == 2);
        m.lock(signaller);
        c.signal(signaller);
        memory.failAt(8, 3);
        dying.exit();
        first.join();
        m.unlock(signaller);
        second.join();
    }

    /** A mutant of the condition's wait: the signal of a waiter that dies at the mutex is lost. */
    private void awaitAndKeepTheSignal(PiTask task) {
        int seen = words.load(CONDITION);
        mutex.release(task);
        PiWait wait = task.prepareWaitRequeue(words.address(CONDITION), seen, words.address(MUTEX), words.scope());
        mutex.relock(task, wait.awaitUninterruptibly() == PiResult.LOCKED);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void mutantWithoutForwarding_waiterDies_isDetected(Threads kind) {
        assertThrows(
                AssertionError.class, () -> signal_waiterDiesAtMutex_isForwarded(kind, this::awaitAndKeepTheSignal));
        assertEquals(1, words.waiters(CONDITION), "the next sleeps beside its signal");
        mutex.unlock(me);
        signal();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_deadlockAtMutex_doesNotHoldIt(Threads kind) throws Exception {
        PiMutex kept = words.piMutex(4);
        Threads.Running first = kind.start(() -> {
            PiTask task = words.task();
            kept.lock(task);
            mutex.lock(task);
            assertThrows(DeadlockException.class, () -> condition.await(task, 1, TimeUnit.SECONDS));
            assertFalse(mutex.isHeldBy(task));
            kept.unlock(task);
        });
        words.untilWaiters(CONDITION, 1);
        Threads.until(() -> clock.sleepers() == 1);
        mutex.lock(me);
        Threads.Running holder = Threads.PLATFORM.start(() -> kept.lock(me));
        words.untilWaiters(4, 1);
        clock.advance(
                TimeUnit.SECONDS.toNanos(1)); // a wait that ends while the owner waits for a lock that the waiter holds
        first.join();
        holder.join();
        assertTrue(kept.isHeldBy(me));
    }

    // ---- death

    @ParameterizedTest
    @MethodSource("kinds")
    void ownerDies_signalledWaiter_getsOwnerDied(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, task -> {
            assertEquals(AwaitResult.OWNER_DIED, condition.await(task));
            assertEquals(D, words.load(MUTEX) & D);
            mutex.markConsistent(task);
        });
        mutex.lock(me);
        condition.signal(me);
        words.exit(me);
        waiter.join();
        assertEquals(0, words.load(MUTEX));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void mutantExitAsUnlock_waiter_isDetected(Threads kind) {
        words.dying(Death.AS_AN_UNLOCK);
        assertThrows(AssertionError.class, () -> ownerDies_signalledWaiter_getsOwnerDied(kind));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void ownerDies_waiterTimesOut_getsOwnerDied(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, task -> {
            assertEquals(AwaitResult.OWNER_DIED, condition.await(task, 1, TimeUnit.SECONDS));
            mutex.markConsistent(task);
        });
        Threads.until(() -> clock.sleepers() == 1);
        mutex.lock(me);
        words.exit(me);
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        waiter.join();
        assertTrue(mutex.isRecoverable());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void ownerDies_waiterInterrupted_getsOwnerDiedInterruptPending(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, task -> {
            assertEquals(AwaitResult.OWNER_DIED, condition.await(task));
            assertTrue(Thread.interrupted());
            mutex.markConsistent(task);
        });
        mutex.lock(me);
        words.exit(me);
        waiter.thread.interrupt();
        waiter.join();
    }

    /** The waiter's thread has not yet received the hand-off of the mutex. */
    @ParameterizedTest
    @MethodSource("kinds")
    void waiterDies_afterHandOff_nextGetsOwnerDied(Threads kind) throws Exception {
        for (int round = 0; round < 200; round++) {
            PiTask dying = words.task();
            Threads.Running waiter = kind.start(() -> {
                mutex.lock(dying);
                try {
                    condition.await(dying);
                } catch (IllegalStateException e) {
                    assertTrue(dying.isDead());
                }
            });
            words.untilWaiters(CONDITION, 1);
            signal();
            words.exit(dying);
            assertEquals(0, words.load(MUTEX) & PiTask.MAX_TID);
            assertEquals(LockResult.OWNER_DIED, mutex.lock(me));
            mutex.markConsistent(me);
            mutex.unlock(me);
            waiter.join();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RIGHT")
    void mutantDeath_afterHandOff_isDetected(Death death) {
        words.dying(death);
        assertThrows(AssertionError.class, () -> waiterDies_afterHandOff_nextGetsOwnerDied(Threads.PLATFORM));
    }

    @Test
    void await_mutexNotConsistent_isRefused() {
        PiTask dead = words.task();
        mutex.lock(dead);
        words.exit(dead);
        assertEquals(LockResult.OWNER_DIED, mutex.lock(me));
        assertThrows(IllegalMonitorStateException.class, () -> condition.await(me));
        assertTrue(mutex.isHeldBy(me));
        mutex.markConsistent(me);
        mutex.unlock(me);
        assertTrue(mutex.isRecoverable());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void signal_mutexNotRecoverable_anyTaskMaySignal(Threads kind) throws Exception {
        List<Threads.Running> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiters.add(waiter(kind, task -> assertThrows(NotRecoverableException.class, () -> condition.await(task))));
        }
        PiTask dead = words.task();
        mutex.lock(dead);
        words.exit(dead);
        mutex.lock(me);
        mutex.unlock(me);
        assertFalse(mutex.isRecoverable());
        condition.signal(me);
        condition.signalAll(words.task());
        for (Threads.Running waiter : waiters) {
            waiter.join();
        }
        assertEquals(0, words.load(MUTEX));
    }

    // ---- contests

    /**
     * Producers signal once for each item. Hasty consumers wait a moment and leave without a check if a timeout or an
     * interrupt ends their wait. A signal that one of them has received by then must reach a patient consumer.
     * Otherwise that consumer sleeps for ever although there is an item.
     */
    @ParameterizedTest
    @MethodSource("contests")
    void signalsAreConservedUnderInterruptsAndTimeouts(WordPlacement place, Threads kind) throws Exception {
        int things = 1_500;
        int[] made = new int[1];
        int[] left = new int[1];
        int[] taken = new int[1];
        Thread[] hasty = new Thread[8];
        Contest.run(kind, 8, place, (side, i) -> {
            PiMutex m = side.piMutex(4);
            PiCondition c = m.newCondition(side.address(6));
            PiTask task = side.task();
            m.lock(task);
            try {
                while (taken[0] < things) {
                    if (i < 2 && made[0] < things) {
                        made[0]++;
                        left[0]++;
                        c.signal(task);
                    } else if (i < 5 && made[0] < things) {
                        hasty[i] = Thread.currentThread();
                        if (left[0] > 0 || returned(c, task, i)) {
                            take(left, taken);
                        }
                    } else {
                        while (left[0] == 0 && taken[0] < things) {
                            c.awaitUninterruptibly(task);
                        }
                        take(left, taken);
                    }
                    if (taken[0] % 5 == 0 && hasty[4] != null) {
                        hasty[4].interrupt();
                    }
                    m.unlock(task);
                    m.lock(task);
                }
                c.signalAll(task);
            } finally {
                m.unlock(task);
            }
        });
        assertEquals(things, taken[0]);
        assertEquals(0, place.here().waiters(6));
        assertEquals(0, place.here().load(4));
    }

    private static boolean returned(PiCondition c, PiTask task, int i) {
        try {
            return c.await(task, i == 4 ? 1000 : 20, TimeUnit.MICROSECONDS) == AwaitResult.SIGNALLED;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static void take(int[] left, int[] taken) {
        if (left[0] > 0) {
            left[0]--;
            taken[0]++;
        }
    }
}
