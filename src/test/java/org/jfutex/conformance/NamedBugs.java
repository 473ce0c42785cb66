package org.jfutex.conformance;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.WaiterInfo;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests for reported faults of wait, wake and requeue, on private and shared words. Each test cites its reports. */
@Timeout(120)
interface NamedBugs extends Subject {

    private PreparedWait wait(FutexTable table, Scope scope) {
        return FutexConformance.wait(table, new Place(memory(), base()), scope);
    }

    /**
     * dylibso/chicory 1314 and 1315, bytecodealliance/endive 106 and 107: a later waiter takes the wake of an earlier
     * one.
     */
    @ParameterizedTest
    @EnumSource
    default void laterWaiterNeverTakesEarlierWaitersWake(Scope scope) {
        FutexTable table = new FutexTable();
        PreparedWait parked = wait(table, scope);
        assertEquals(1, table.wake(memory(), base(), scope, 1));
        PreparedWait late = wait(table, scope);
        assertNull(late.poll());
        assertEquals(WaitResult.WOKEN, parked.poll());
    }

    /** test262, ECMAScript: waiters are woken in the order in which they began to wait. */
    @ParameterizedTest
    @EnumSource
    default void waitersAreWokenInFifoOrder(Scope scope) {
        FutexTable table = new FutexTable();
        List<PreparedWait> waits = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waits.add(wait(table, scope));
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(1, table.wake(memory(), base(), scope, 1));
            assertEquals(i + 1, waits.stream().filter(w -> w.poll() != null).count());
            assertEquals(WaitResult.WOKEN, waits.get(i).poll());
        }
    }

    /** unidbg: a wake without waiters returns 1. */
    @ParameterizedTest
    @EnumSource
    default void wakeWithoutWaitersReturnsZero(Scope scope) {
        assertEquals(0, new FutexTable().wake(memory(), base(), scope, 1));
    }

    /** JRISC-V: two quick wakes select one waiter. vmx86: after one wake, the other waiters are never woken. */
    @ParameterizedTest
    @EnumSource
    default void consecutiveWakesReachDifferentWaiters(Scope scope) {
        FutexTable table = new FutexTable();
        PreparedWait first = wait(table, scope);
        PreparedWait second = wait(table, scope);
        wait(table, scope);
        assertEquals(1, table.wake(memory(), base(), scope, 1));
        assertEquals(1, table.wake(memory(), base(), scope, 1));
        assertEquals(WaitResult.WOKEN, first.poll());
        assertEquals(WaitResult.WOKEN, second.poll());
        assertEquals(1, table.waiterCount(memory(), base(), scope));
    }

    /** vmx86, unidbg: a wake returns the requested count instead of the actual one. */
    @ParameterizedTest
    @EnumSource
    default void wakeReturnsNumberOfWokenWaiters(Scope scope) {
        FutexTable table = new FutexTable();
        wait(table, scope);
        wait(table, scope);
        assertEquals(2, table.wake(memory(), base(), scope, Integer.MAX_VALUE));
    }

    /** sysprog21/elfuse 173: a requeue to its own word loops for ever. */
    @ParameterizedTest
    @EnumSource
    default void requeueToItsOwnWordTerminates(Scope scope) {
        FutexTable table = new FutexTable();
        wait(table, scope);
        wait(table, scope);
        assertEquals(
                new RequeueResult(false, 1, 1), table.requeue(memory(), base(), base(), scope, 1, Integer.MAX_VALUE));
        assertEquals(1, table.wake(memory(), base(), scope, 9));
    }

    /** DragonOS: a requeued waiter cannot be woken at the target. kiyoka/Emulin 549: requeue is missing. */
    @ParameterizedTest
    @EnumSource
    default void requeuedWaiterIsWokenOrTimesOutAtTarget(Scope scope) throws InterruptedException {
        FutexTable table = new FutexTable();
        PreparedWait wait = wait(table, scope);
        assertEquals(1, table.requeue(memory(), base(), word(8), scope, 0, 1).moved());
        assertEquals(WaitResult.TIMED_OUT, wait.await(Deadline.after(0)));
        assertEquals(0, table.wake(memory(), word(8), scope, 1));
        PreparedWait other = wait(table, scope);
        assertEquals(1, table.requeue(memory(), base(), word(8), scope, 0, 1).moved());
        assertEquals(0, table.wake(memory(), base(), scope, 1));
        assertEquals(1, table.wake(memory(), word(8), scope, 1));
        assertEquals(WaitResult.WOKEN, other.poll());
    }

    /**
     * kiyoka/Emulin 914: during a requeue, a waiter is in neither queue for a moment, so wakes of both words miss it.
     */
    @ParameterizedTest
    @EnumSource
    default void requeueIsAtomicForWakerOfBothWords(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        int rounds = 10_000;
        AtomicInteger round = new AtomicInteger();
        AtomicInteger moved = new AtomicInteger();
        FutexConformance.start(() -> {
            for (int i = 1; i <= rounds; i++) {
                FutexConformance.spinUntil(round, i);
                table.requeue(memory(), base(), word(8), scope, 0, 1);
                moved.set(i);
            }
        });
        for (int i = 1; i <= rounds; i++) {
            PreparedWait wait = wait(table, scope);
            round.set(i);
            for (int start = i % 100; start > 0; start--) {
                Thread.onSpinWait(); // without this, one of the two threads might always be first
            }
            int woken = table.wake(memory(), base(), scope, 1) + table.wake(memory(), word(8), scope, 1);
            FutexConformance.spinUntil(moved, i);
            assertEquals(1, woken, "number of wakes that found the only waiter");
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    /** kiyoka/Emulin 435: an absolute deadline is treated as a relative timeout. */
    @ParameterizedTest
    @EnumSource
    default void absoluteDeadlineIsNotTreatedAsTimeout(Scope scope) throws Exception {
        VirtualClock clock = new VirtualClock();
        FutexTable table = FutexTable.builder().clock(clock).build();
        clock.setRealtime(1_000_000_000_000L);
        PreparedWait wait = wait(table, scope);
        wait.asStage(Deadline.at(ClockId.REALTIME, 1_000_000_000_005L));
        clock.advance(4);
        assertNull(wait.poll());
        clock.advance(1);
        assertEquals(WaitResult.TIMED_OUT, wait.poll());
    }

    /** occlum 463, Emulin 533: a wait cannot be interrupted. */
    @ParameterizedTest
    @EnumSource
    default void interruptEndsSleepAndDequeuesWaiter(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        FutureTask<WaitResult> sleep = new FutureTask<>(() -> table.await(memory(), base(), scope, 0));
        FutexConformance.start(sleep).interrupt();
        var end = assertThrows(ExecutionException.class, () -> sleep.get(60, SECONDS));
        assertInstanceOf(InterruptedException.class, end.getCause());
        assertEquals(List.of(), table.waiters());
    }

    /** WebAssembly/threads 135: only half of a 64-bit word is compared. */
    @ParameterizedTest
    @EnumSource
    default void allSixtyFourBitsAreCompared(Scope scope) {
        assumeTrue(hasLongs(), "no atomic 64-bit words");
        FutexTable table = new FutexTable();
        WaitOptions wide = WaitOptions.DEFAULT.size(WordSize.U64);
        memory().getAndSet(word(0), 0x1234_5678);
        memory().getAndSet(word(1), 0x8765_4321);
        long held = memory().byteOrder() == ByteOrder.LITTLE_ENDIAN ? 0x8765_4321_1234_5678L : 0x1234_5678_8765_4321L;
        for (int bit = 0; bit < Long.SIZE; bit++) {
            assertEquals(
                    WaitResult.VALUE_DIFFERS,
                    table.prepare(memory(), base(), scope, held ^ 1L << bit, wide)
                            .poll());
        }
        PreparedWait wait = table.prepare(memory(), base(), scope, held, wide);
        assertNull(wait.poll());
        assertEquals(1, table.wake(memory(), base(), scope, 1));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }

    private boolean hasLongs() {
        try {
            memory().loadLong(base());
            return true;
        } catch (UnsupportedOperationException none) {
            return false;
        }
    }

    /** WebAssembly/threads 135: a wait ends without a wake. OpenHFT/Chronicle-Map 95: a waiter does not sleep. */
    @ParameterizedTest
    @EnumSource
    default void waiterSleepsUntilWoken(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        FutureTask<WaitResult> wait = new FutureTask<>(() -> table.await(memory(), base(), scope, 0));
        Thread sleeper = FutexConformance.start(wait);
        for (int i = 0; i < 20; i++) {
            FutexConformance.awaitAsleep(sleeper);
            LockSupport.unpark(sleeper);
        }
        FutexConformance.awaitAsleep(sleeper);
        assertEquals(1, table.wake(memory(), base(), scope, 9));
        assertEquals(WaitResult.WOKEN, wait.get(60, SECONDS));
    }

    /** google/gvisor 1051: waiters are notified while the queue is locked. */
    @ParameterizedTest
    @EnumSource
    default void callbackRunsWithoutQueueLock(Scope scope) {
        FutexTable table = new FutexTable();
        List<Integer> woken = new ArrayList<>();
        wait(table, scope).onEnd(end -> {
            FutureTask<Integer> other = new FutureTask<>(() -> table.wake(memory(), base(), scope, 1));
            FutexConformance.start(other);
            try {
                woken.add(other.get(10, SECONDS));
            } catch (Exception stillLocked) {
                woken.add(-1);
            }
        });
        wait(table, scope);
        assertEquals(1, table.wake(memory(), base(), scope, 1));
        assertEquals(List.of(1), woken);
    }

    /** kiyoka/Emulin 759: the emulator does not report which waiter misses a wake. */
    @ParameterizedTest
    @EnumSource
    default void stuckWaiterIsReported(Scope scope) {
        VirtualClock clock = new VirtualClock();
        FutexTable table = FutexTable.builder().clock(clock).build();
        wait(table, scope);
        table.prepare(memory(), word(1), scope, 0);
        memory().getAndSet(base(), 1);
        Duration second = Duration.ofSeconds(1);
        assertEquals(List.of(), table.findStuckWaiters(second));
        clock.advance(2 * second.toNanos());
        List<WaiterInfo> stuck = table.findStuckWaiters(second);
        assertEquals(1, stuck.size());
        assertEquals(OptionalLong.of(1), stuck.get(0).actual());
        assertEquals(1, table.wake(memory(), base(), scope, 1));
        assertEquals(List.of(), table.findStuckWaiters(second));
    }

    /**
     * nanovms/nanos 1601, unikraft 1763, WebKit 7048, llvm 77659 and 109290, dylibso/chicory 1131: a wake comes after
     * the check of the value and before the sleep, so the waiter sleeps for ever.
     */
    @ParameterizedTest
    @EnumSource
    default void noWakeIsLostBetweenCheckAndSleep(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        int rounds = 5_000;
        FutureTask<Integer> partner = new FutureTask<>(() -> bat(table, scope, 1, rounds));
        FutexConformance.start(partner);
        bat(table, scope, 0, rounds);
        assertEquals(0, partner.get(100, SECONDS));
        assertEquals(2 * rounds, memory().load(base()));
    }

    /** Increments the word whenever its lowest bit shows that it is the turn of this thread. */
    private int bat(FutexTable table, Scope scope, int me, int rounds) throws InterruptedException {
        FutexMemory memory = memory();
        for (int i = 0; i < rounds; i++) {
            int seen = memory.load(base());
            while ((seen & 1) != me) {
                table.await(memory, base(), scope, seen);
                seen = memory.load(base());
            }
            memory.getAndSet(base(), seen + 1);
            table.wake(memory, base(), scope, 1);
        }
        return 0;
    }
}
