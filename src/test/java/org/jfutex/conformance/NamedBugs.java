package org.jfutex.conformance;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.RequeueResult;
import org.jfutex.Timeline;
import org.jfutex.VirtualClock;
import org.jfutex.WaitResult;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.FutexMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was once reported against somebody's futex, each by the name of its report. */
@Timeout(120)
interface NamedBugs extends Subject {

    private PreparedWait wait(FutexTable table) {
        return FutexConformance.wait(table, new Place(memory(), base()), PRIVATE);
    }

    /** dylibso/chicory 1314, bytecodealliance/endive 106. */
    @Test
    default void lateWaiterNeverTakesTheWakeOfAnEarlierOne() {
        FutexTable table = new FutexTable();
        PreparedWait parked = wait(table);
        assertEquals(1, table.wake(memory(), base(), PRIVATE, 1));
        PreparedWait late = wait(table);
        assertNull(late.poll());
        assertEquals(WaitResult.WOKEN, parked.poll());
    }

    /** test262, ECMAScript: waiters leave in the order in which they came. */
    @Test
    default void waitersAreWokenInTheirOrder() {
        FutexTable table = new FutexTable();
        List<PreparedWait> waits = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waits.add(wait(table));
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(1, table.wake(memory(), base(), PRIVATE, 1));
            assertEquals(i + 1, waits.stream().filter(w -> w.poll() != null).count());
            assertEquals(WaitResult.WOKEN, waits.get(i).poll());
        }
    }

    /** unidbg: a wake of nobody answers 1. */
    @Test
    default void wakeOfNobodyAnswersZero() {
        assertEquals(0, new FutexTable().wake(memory(), base(), PRIVATE, 1));
    }

    /** JRISC-V: two quick wakes pick the same waiter. vmx86: one wake strands the others. */
    @Test
    default void eachWakeOfOneReachesAnotherWaiter() {
        FutexTable table = new FutexTable();
        PreparedWait first = wait(table);
        PreparedWait second = wait(table);
        wait(table);
        assertEquals(1, table.wake(memory(), base(), PRIVATE, 1));
        assertEquals(1, table.wake(memory(), base(), PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, first.poll());
        assertEquals(WaitResult.WOKEN, second.poll());
        assertEquals(1, table.waiters(memory(), base(), PRIVATE));
    }

    /** vmx86, unidbg: the requested count is answered, not the true one. */
    @Test
    default void wakeAnswersHowManyThereWere() {
        FutexTable table = new FutexTable();
        wait(table);
        wait(table);
        assertEquals(2, table.wake(memory(), base(), PRIVATE, Integer.MAX_VALUE));
    }

    /** sysprog21/elfuse 173: a requeue to the same word loops. */
    @Test
    default void requeueToTheSameWordEnds() {
        FutexTable table = new FutexTable();
        wait(table);
        wait(table);
        assertEquals(
                new RequeueResult(false, 1, 1), table.requeue(memory(), base(), base(), PRIVATE, 1, Integer.MAX_VALUE));
        assertEquals(1, table.wake(memory(), base(), PRIVATE, 9));
    }

    /** DragonOS: a requeued waiter cannot be woken where it is. */
    @Test
    default void requeuedWaiterIsWokenAtItsNewWordAndTimesOutThere() throws InterruptedException {
        FutexTable table = new FutexTable();
        PreparedWait wait = wait(table);
        assertEquals(1, table.requeue(memory(), base(), word(8), PRIVATE, 0, 1).moved());
        assertEquals(WaitResult.TIMED_OUT, wait.await(Deadline.after(0)));
        assertEquals(0, table.wake(memory(), word(8), PRIVATE, 1));
    }

    /** kiyoka/Emulin 435: an absolute deadline is taken for a relative one. */
    @Test
    default void absoluteDeadlineIsAPointOfItsClock() throws Exception {
        VirtualClock clock = new VirtualClock();
        FutexTable table = FutexTable.builder().clock(clock).build();
        clock.setRealtime(1_000_000_000_000L);
        PreparedWait wait = wait(table);
        wait.asStage(Deadline.at(Timeline.REALTIME, 1_000_000_000_005L));
        clock.advance(4);
        assertNull(wait.poll());
        clock.advance(1);
        assertEquals(WaitResult.TIMED_OUT, wait.poll());
    }

    /** asterinas 2366 and 2377, bytecodealliance/wasmtime 13981: who timed out stays queued, and addresses pile up. */
    @Test
    default void nothingStaysOfWhoTimedOut() throws InterruptedException {
        FutexTable table = new FutexTable();
        for (int i = 0; i < 1024; i++) {
            assertEquals(WaitResult.TIMED_OUT, table.await(memory(), word(i), PRIVATE, 0, Deadline.after(1)));
        }
        assertEquals(List.of(), table.dump());
        assertEquals(0, table.wake(memory(), base(), PRIVATE, 9));
    }

    /** occlum 463, Emulin 533: a wait cannot be interrupted. */
    @Test
    default void interruptEndsASleepAndLeavesNobodyQueued() throws Exception {
        FutexTable table = new FutexTable();
        FutureTask<WaitResult> sleep = new FutureTask<>(() -> table.await(memory(), base(), PRIVATE, 0));
        Thread t = new Thread(sleep, "sleeper");
        t.start();
        t.interrupt();
        var end = assertThrows(ExecutionException.class, () -> sleep.get(60, SECONDS));
        assertInstanceOf(InterruptedException.class, end.getCause());
        assertEquals(List.of(), table.dump());
    }

    /** nanovms/nanos 1601, unikraft 1763, llvm 109290: the value is checked, then the wake comes, then the waiter sleeps for ever. */
    @Test
    default void noWakeIsLostBetweenTheLookAndTheSleep() throws Exception {
        FutexTable table = new FutexTable();
        FutexMemory memory = memory();
        int rounds = 5_000;
        FutureTask<Integer> partner = new FutureTask<>(() -> bat(table, memory, 1, rounds));
        new Thread(partner, "partner").start();
        bat(table, memory, 0, rounds);
        assertEquals(0, partner.get(100, SECONDS));
        assertEquals(2 * rounds, memory.load(base()));
    }

    /** Counts the word on whenever its lowest bit says that it is this side's turn. */
    private int bat(FutexTable table, FutexMemory memory, int me, int rounds) throws InterruptedException {
        for (int i = 0; i < rounds; i++) {
            int seen = memory.load(base());
            while ((seen & 1) != me) {
                table.await(memory, base(), PRIVATE, seen);
                seen = memory.load(base());
            }
            memory.getAndSet(base(), seen + 1);
            table.wake(memory, base(), PRIVATE, 1);
        }
        return 0;
    }
}
