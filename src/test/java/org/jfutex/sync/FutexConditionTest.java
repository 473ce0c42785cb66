package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // this tests single waits
class FutexConditionTest {

    private static final int MUTEX = 0;
    private static final int CONDITION = 1;

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexMutex mutex = words.mutex(MUTEX);
    private final FutexCondition condition = mutex.newCondition(words.address(CONDITION));

    static List<Threads> kinds() {
        return Threads.available();
    }

    /** Starts a thread that waits, and returns when it waits. */
    private Threads.Running waiter(Threads kind, Threads.Action await) {
        int before = words.waiters(CONDITION);
        Threads.Running running = kind.start(() -> {
            mutex.lock();
            await.run();
            mutex.unlock();
        });
        words.untilWaiters(CONDITION, before + 1);
        Threads.until(() -> !mutex.isLocked());
        return running;
    }

    private void signal() {
        mutex.lock();
        condition.signal();
        mutex.unlock();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void signal_oneWaiter_returnsHoldingMutex(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, () -> {
            condition.await();
            assertTrue(mutex.isLocked());
        });
        signal();
        waiter.join();
        assertFalse(mutex.isLocked());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void forwardSignal_outOfMemory_retries(Threads kind) throws Exception {
        ScarceMemory memory = new ScarceMemory();
        FutexTable table = FutexTable.builder().clock(clock).build();
        FutexMutex m = new FutexMutex(table, memory, 0, Scope.SHARED);
        FutexCondition c = m.newCondition(4);
        Threads.Running late = kind.start(() -> {
            m.lock();
            assertThrows(OutOfMemoryError.class, () -> c.await(1, TimeUnit.SECONDS));
            m.unlock();
        });
        Threads.until(() -> table.waiterCount(memory, 4, Scope.SHARED) == 1);
        Threads.Running next = kind.start(() -> {
            m.lock();
            c.await();
            m.unlock();
        });
        Threads.until(() -> table.waiterCount(memory, 4, Scope.SHARED) == 2);
        m.lock();
        c.signal();
        Object timedWait = LockSupport.getBlocker(late.thread);
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        Threads.until(() -> {
            Object blocker = LockSupport.getBlocker(late.thread);
            return blocker != null
                    && blocker != timedWait // it has timed out and waits for the mutex
                    && late.thread.getState() == Thread.State.WAITING
                    && table.waiterCount(memory, 0, Scope.SHARED) == 1;
        });
        memory.failAt(4, 3);
        m.unlock();
        late.join();
        next.join();
        assertFalse(m.isLocked());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void signalsGoToWaitersInTheirOrder(Threads kind) throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Threads.Running> waiters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int me = i;
            waiters.add(waiter(kind, () -> {
                condition.await();
                order.add(me);
            }));
        }
        for (Threads.Running waiter : waiters) {
            signal();
            waiter.join();
        }
        assertEquals(List.of(0, 1, 2, 3, 4), order);
    }

    @Test
    void signalWithoutWaitersChangesNothing() {
        mutex.lock();
        condition.signal();
        condition.signalAll();
        assertEquals(0, words.load(CONDITION));
        assertEquals(1, words.load(MUTEX));
    }

    @Test
    void signalMovesAndTheUnlockWakes() throws Exception {
        Threads.Running first = waiter(Threads.PLATFORM, condition::await);
        Threads.Running second = waiter(Threads.PLATFORM, condition::await);
        mutex.lock();
        condition.signalAll();
        assertEquals(0, words.waiters(CONDITION));
        assertEquals(2, words.waiters(MUTEX));
        assertFalse(first.isOver() || second.isOver());
        mutex.unlock();
        first.join();
        second.join();
    }

    @Test
    void signal_beforeWait_isNotKept() throws Exception {
        signal();
        Threads.Running waiter = waiter(Threads.PLATFORM, condition::await);
        assertEquals(1, words.waiters(CONDITION));
        signal();
        waiter.join();
    }

    @Test
    void everythingButTheLockedMutexIsRefused() {
        assertThrows(IllegalMonitorStateException.class, condition::await);
        assertThrows(IllegalMonitorStateException.class, condition::awaitUninterruptibly);
        assertThrows(IllegalMonitorStateException.class, condition::signal);
        assertThrows(IllegalMonitorStateException.class, condition::signalAll);
        assertEquals(0, words.load(CONDITION));
        assertEquals(0, words.waiters(CONDITION));
    }

    @Test
    void newCondition_mutexWord_isRejected() {
        String reason = assertThrows(IllegalArgumentException.class, () -> mutex.newCondition(words.address(MUTEX)))
                .getMessage();
        assertEquals("address 0x0 is the mutex; the condition needs a word of its own", reason);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void timedWaitEndsWhenItsTimeHasPassed(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, () -> assertFalse(condition.await(5, TimeUnit.SECONDS)));
        clock.advance(TimeUnit.SECONDS.toNanos(5) - 1);
        assertEquals(1, words.waiters(CONDITION));
        clock.advance(1);
        waiter.join();
        assertEquals(0, words.waiters(CONDITION));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void awaitNanosSaysWhatIsLeft(Threads kind) throws Exception {
        Threads.Running signalled = waiter(kind, () -> assertEquals(600, condition.awaitNanos(1000)));
        clock.advance(400);
        signal();
        signalled.join();
        Threads.Running timedOut = waiter(kind, () -> assertEquals(-5, condition.awaitNanos(1000)));
        clock.advance(1005);
        timedOut.join();
    }

    @Test
    void awaitNanosForNoTimeUnlocksAndLocks() throws Exception {
        mutex.lock();
        assertEquals(0, condition.awaitNanos(0));
        assertEquals(-7, condition.awaitNanos(-7));
        assertTrue(mutex.isLocked());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    @SuppressWarnings("JavaUtilDate") // the test needs this type
    void awaitUntil_realtimeSet_followsNewTime(Threads kind) throws Exception {
        Date noon = new Date(1_000_000) {
            @Override
            public Instant toInstant() {
                throw new UnsupportedOperationException(); // as dates of databases do
            }
        };
        Threads.Running waiter = waiter(kind, () -> assertFalse(condition.awaitUntil(noon)));
        clock.setRealtime(TimeUnit.MILLISECONDS.toNanos(1_000_000));
        waiter.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptEndsAWaitWithTheMutexHeld(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, () -> {
            assertThrows(InterruptedException.class, condition::await);
            assertTrue(mutex.isLocked());
            assertFalse(Thread.interrupted());
        });
        waiter.thread.interrupt();
        waiter.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_interruptPending_throwsBeforeUnlock(Threads kind) throws Exception {
        kind.start(() -> {
                    mutex.lock();
                    Thread.currentThread().interrupt();
                    assertThrows(InterruptedException.class, condition::await);
                    assertEquals(1, words.load(MUTEX));
                })
                .join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void uninterruptibleWaitGoesOnAndKeepsTheInterrupt(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, () -> {
            condition.awaitUninterruptibly();
            assertTrue(Thread.interrupted());
        });
        waiter.thread.interrupt();
        Threads.until(() -> !waiter.thread.isInterrupted());
        words.untilWaiters(CONDITION, 1);
        Threads.until(() -> !mutex.isLocked());
        assertFalse(waiter.isOver());
        signal();
        waiter.join();
    }

    /** The waiter was moved to the mutex, so it was signalled. It gives up there, and the signal must not be lost. */
    @ParameterizedTest
    @MethodSource("kinds")
    void signal_waiterInterruptedAtMutex_isForwarded(Threads kind) throws Exception {
        Threads.Running first = waiter(kind, () -> assertThrows(InterruptedException.class, condition::await));
        Threads.Running second = waiter(kind, condition::await);
        mutex.lock();
        condition.signal();
        first.thread.interrupt();
        words.untilSomebodyHasLooked(MUTEX); // it has left its queue and waits for the mutex again
        mutex.unlock();
        first.join();
        second.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void signal_waiterTimesOutAtMutex_isForwarded(Threads kind) throws Exception {
        Threads.Running first = waiter(kind, () -> assertFalse(condition.await(1, TimeUnit.SECONDS)));
        Threads.Running second = waiter(kind, condition::await);
        mutex.lock();
        condition.signal();
        Threads.until(() -> clock.sleepers() == 1);
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        words.untilSomebodyHasLooked(MUTEX);
        mutex.unlock();
        first.join();
        second.join();
    }

    /** There is no other waiter, so the signal must end this wait. */
    @ParameterizedTest
    @MethodSource("kinds")
    void awaitUninterruptibly_interruptAtMutex_keepsSignal(Threads kind) throws Exception {
        Threads.Running waiter = waiter(kind, condition::awaitUninterruptibly);
        mutex.lock();
        condition.signal();
        waiter.thread.interrupt();
        Threads.until(() -> !waiter.thread.isInterrupted());
        mutex.unlock();
        waiter.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void uninterruptibleWaiterThatIsInterruptedKeepsItsPlace(Threads kind) throws Exception {
        Threads.Running first = waiter(kind, () -> {
            condition.awaitUninterruptibly();
            assertTrue(Thread.interrupted());
        });
        Threads.Running second = waiter(kind, condition::await);
        first.thread.interrupt();
        Threads.until(() -> !first.thread.isInterrupted());
        signal();
        first.join();
        assertFalse(second.isOver());
        signal();
        second.join();
    }

    /** A mutex and its condition, in a table that permits one waiter for each word. */
    private static final class Narrow {
        final VirtualClock clock = new VirtualClock();
        final WordPlacement.Side words = WordPlacement.privateWords(
                FutexTable.builder().clock(clock).keyWaiterLimit(1),
                FlatMemory.of(ByteBuffer.allocateDirect(WordPlacement.SIZE)));
        final FutexMutex mutex = words.mutex(MUTEX);
        final FutexCondition condition = mutex.newCondition(words.address(CONDITION));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_cannotQueueAtMutex_returnsHoldingMutex(Threads kind) throws Exception {
        Narrow n = new Narrow();
        AtomicInteger inside = new AtomicInteger();
        Threads.Action leave = () -> {
            assertEquals(1, inside.incrementAndGet());
            inside.decrementAndGet();
            n.mutex.unlock();
        };
        Threads.Running waiter = kind.start(() -> {
            n.mutex.lock();
            assertFalse(n.condition.await(1, TimeUnit.SECONDS));
            assertTrue(Thread.interrupted());
            leave.run();
        });
        Threads.until(() -> n.clock.sleepers() == 1);
        n.mutex.lock();
        Threads.Running sleeper = kind.start(() -> {
            n.mutex.lock();
            leave.run();
        });
        n.words.untilWaiters(MUTEX, 1);
        n.clock.advance(TimeUnit.SECONDS.toNanos(1));
        n.words.untilWaiters(CONDITION, 0);
        waiter.thread.interrupt();
        Threads.until(() -> waiter.thread.getState() == Thread.State.TIMED_WAITING || waiter.isOver());
        assertFalse(waiter.isOver());
        leave.run();
        sleeper.join();
        waiter.join();
        assertFalse(n.mutex.isLocked());
    }

    /** A clock may start at any value, as the system's clock does. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -5, 0, 5, Long.MAX_VALUE - 5})
    void awaitNanos_extremeTimes_areDistinguished(long start) throws Exception {
        AtomicLong slept = new AtomicLong();
        FutexMutex[] m = new FutexMutex[1];
        FutexClock still = new FutexClock() {
            @Override
            public long nanos(ClockId clockId) {
                return start;
            }

            @Override
            public void park(Object blocker, ClockId clockId, long now, long deadline) {
                slept.set(deadline);
                m[0].table.wake(m[0].memory, 4 * CONDITION, m[0].scope, 1);
            }
        };
        m[0] = WordPlacement.privateWords(
                        FutexTable.builder().clock(still), FlatMemory.of(ByteBuffer.allocateDirect(WordPlacement.SIZE)))
                .mutex(MUTEX);
        FutexCondition c = m[0].newCondition(4 * CONDITION);
        m[0].lock();
        for (long least : new long[] {Long.MIN_VALUE, Long.MIN_VALUE + 1, -6}) {
            assertTrue(c.awaitNanos(least) <= 0);
            assertEquals(0, slept.get(), "it slept");
        }
        assertTrue(c.awaitNanos(Long.MAX_VALUE) > 0);
        assertEquals(start > 0 ? Long.MAX_VALUE : start + Long.MAX_VALUE, slept.get());
    }

    @Test
    void foreignWake_isSpuriousWakeup() throws Exception {
        Threads.Running waiter = waiter(Threads.PLATFORM, condition::await);
        words.wake(CONDITION);
        waiter.join();
        assertFalse(mutex.isLocked());
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    /**
     * Producers signal once for each item. Hasty consumers wait a moment and leave without a check if a timeout or an
     * interrupt ends their wait. A signal that one of them has received by then must reach a patient consumer.
     * Otherwise that consumer sleeps for ever although there is an item.
     */
    @ParameterizedTest
    @MethodSource("contests")
    void signalsAreConservedUnderInterruptsAndTimeouts(WordPlacement place, Threads kind) throws Exception {
        int things = 40_000;
        int[] made = new int[1];
        int[] left = new int[1];
        int[] taken = new int[1];
        Thread[] hasty = new Thread[8];
        Contest.run(kind, 8, place, (side, me) -> {
            FutexMutex m = side.mutex(4);
            FutexCondition c = m.newCondition(side.address(5));
            m.lock();
            try {
                while (taken[0] < things) {
                    if (me < 2 && made[0] < things) {
                        made[0]++;
                        left[0]++;
                        c.signal();
                    } else if (me < 5 && made[0] < things) {
                        hasty[me] = Thread.currentThread();
                        if (left[0] > 0 || returned(c, me)) {
                            take(left, taken);
                        }
                    } else {
                        while (left[0] == 0 && taken[0] < things) {
                            c.awaitUninterruptibly();
                        }
                        take(left, taken);
                    }
                    if (taken[0] % 5 == 0 && hasty[4] != null) {
                        hasty[4].interrupt();
                    }
                    m.unlock();
                    m.lock();
                }
                c.signalAll();
            } finally {
                m.unlock();
            }
        });
        assertEquals(things, taken[0]);
        assertEquals(0, place.here().waiters(5));
    }

    private static boolean returned(FutexCondition c, int me) {
        try {
            return c.await(me == 4 ? 1000 : 20, TimeUnit.MICROSECONDS);
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
