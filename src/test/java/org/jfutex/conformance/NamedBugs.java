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
import org.jfutex.ClockId;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.VirtualClock;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.WaiterInfo;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was once reported against somebody's wait, wake or requeue, each by the name of its report; for private and shared words. */
@Timeout(120)
interface NamedBugs extends Subject {

    private PreparedWait wait(FutexTable table, Scope scope) {
        return FutexConformance.wait(table, new Place(memory(), base()), scope);
    }

    /** dylibso/chicory 1314 and 1315, bytecodealliance/endive 106 and 107. */
    @ParameterizedTest
    @EnumSource
    default void lateWaiterNeverTakesTheWakeOfAnEarlierOne(Scope scope) {
        FutexTable table = new FutexTable();
        PreparedWait parked = wait(table, scope);
        assertEquals(1, table.wake(memory(), base(), scope, 1));
        PreparedWait late = wait(table, scope);
        assertNull(late.poll());
        assertEquals(WaitResult.WOKEN, parked.poll());
    }

    /** test262, ECMAScript: waiters leave in the order in which they came. */
    @ParameterizedTest
    @EnumSource
    default void waitersAreWokenInTheirOrder(Scope scope) {
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

    /** unidbg: a wake of nobody answers 1. */
    @ParameterizedTest
    @EnumSource
    default void wakeOfNobodyAnswersZero(Scope scope) {
        assertEquals(0, new FutexTable().wake(memory(), base(), scope, 1));
    }

    /** JRISC-V: two quick wakes pick the same waiter. vmx86: one wake strands the others. */
    @ParameterizedTest
    @EnumSource
    default void eachWakeOfOneReachesAnotherWaiter(Scope scope) {
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

    /** vmx86, unidbg: the requested count is answered, not the true one. */
    @ParameterizedTest
    @EnumSource
    default void wakeAnswersHowManyThereWere(Scope scope) {
        FutexTable table = new FutexTable();
        wait(table, scope);
        wait(table, scope);
        assertEquals(2, table.wake(memory(), base(), scope, Integer.MAX_VALUE));
    }

    /** sysprog21/elfuse 173: a requeue to the same word loops. */
    @ParameterizedTest
    @EnumSource
    default void requeueToTheSameWordEnds(Scope scope) {
        FutexTable table = new FutexTable();
        wait(table, scope);
        wait(table, scope);
        assertEquals(
                new RequeueResult(false, 1, 1), table.requeue(memory(), base(), base(), scope, 1, Integer.MAX_VALUE));
        assertEquals(1, table.wake(memory(), base(), scope, 9));
    }

    /** DragonOS: a requeued waiter cannot be woken where it is. kiyoka/Emulin 549: there is no requeue. */
    @ParameterizedTest
    @EnumSource
    default void requeuedWaiterIsWokenAtItsNewWordAndTimesOutThere(Scope scope) throws InterruptedException {
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

    /** kiyoka/Emulin 914: for a moment a waiter that is requeued stands nowhere, and a wake of either word misses it. */
    @ParameterizedTest
    @EnumSource
    default void requeueIsOneStepForAWakerOfBothWords(Scope scope) throws Exception {
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
                Thread.onSpinWait(); // else one of them might always be the first
            }
            int woken = table.wake(memory(), base(), scope, 1) + table.wake(memory(), word(8), scope, 1);
            FutexConformance.spinUntil(moved, i);
            assertEquals(1, woken, "wakes that found the only waiter");
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    /** kiyoka/Emulin 435: an absolute deadline is taken for a relative one. */
    @ParameterizedTest
    @EnumSource
    default void absoluteDeadlineIsAPointOfItsClock(Scope scope) throws Exception {
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
    default void interruptEndsASleepAndLeavesNobodyQueued(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        FutureTask<WaitResult> sleep = new FutureTask<>(() -> table.await(memory(), base(), scope, 0));
        FutexConformance.start(sleep).interrupt();
        var end = assertThrows(ExecutionException.class, () -> sleep.get(60, SECONDS));
        assertInstanceOf(InterruptedException.class, end.getCause());
        assertEquals(List.of(), table.waiters());
    }

    /** WebAssembly/threads 135: half of a 64-bit word is compared. */
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

    /** WebAssembly/threads 135: a wait ends though nobody woke it. OpenHFT/Chronicle-Map 95: who waits does not sleep. */
    @ParameterizedTest
    @EnumSource
    default void waiterSleepsAndOnlyAWakeEndsThat(Scope scope) throws Exception {
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

    /** google/gvisor 1051: waiters are told while the queue is locked. */
    @ParameterizedTest
    @EnumSource
    default void whoIsToldOfAWakeFindsTheQueueUnlocked(Scope scope) {
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

    /** kiyoka/Emulin 759: nobody says whose wake is missing. */
    @ParameterizedTest
    @EnumSource
    default void sleeperWhoseWakeIsMissingIsNamed(Scope scope) {
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

    /** nanovms/nanos 1601, unikraft 1763, WebKit 7048, llvm 77659 and 109290, dylibso/chicory 1131: the value is checked, then the wake comes, then the waiter sleeps for ever. */
    @ParameterizedTest
    @EnumSource
    default void noWakeIsLostBetweenTheLookAndTheSleep(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        int rounds = 5_000;
        FutureTask<Integer> partner = new FutureTask<>(() -> bat(table, scope, 1, rounds));
        FutexConformance.start(partner);
        bat(table, scope, 0, rounds);
        assertEquals(0, partner.get(100, SECONDS));
        assertEquals(2 * rounds, memory().load(base()));
    }

    /** Counts the word on whenever its lowest bit says that it is this side's turn. */
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
