package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.FutexMemory;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests for reported leaks: entries that stayed in a table without waiters. Each test cites its reports. */
@Timeout(120)
interface LeakBugs extends Subject {

    /**
     * asterinas 2366 and 2377, bytecodealliance/wasmtime 13981: a timed-out waiter stays queued, and addresses
     * accumulate.
     */
    @ParameterizedTest
    @EnumSource
    default void timedOutWaitersLeaveNothingQueued(Scope scope) throws InterruptedException {
        VirtualClock clock = new VirtualClock();
        FutexTable table = FutexTable.builder().clock(clock).build();
        for (int i = 0; i < 1024; i++) {
            assertEquals(WaitResult.TIMED_OUT, table.await(memory(), word(i), scope, 0, Deadline.after(0)));
        }
        List<WeakReference<PreparedWait>> waits = timedOut(table, clock, scope);
        assertEquals(List.of(), table.waiters());
        assertEquals(0, table.wake(memory(), base(), scope, 9));
        waits.forEach(LeakBugs::assertCollected);
        assertEquals(0, table.waiterCount(memory(), base(), scope)); // keeps table and memory reachable until here
        assertEquals(0, clock.sleepers());
    }

    /** Ends waits by timeouts: the first, a middle and the last waiter of a queue, and a requeued one. */
    private List<WeakReference<PreparedWait>> timedOut(FutexTable table, VirtualClock clock, Scope scope) {
        List<PreparedWait> timed = new ArrayList<>();
        List<PreparedWait> others = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            (i % 2 == 0 ? timed : others).add(FutexConformance.wait(table, new Place(memory(), base()), scope));
        }
        timed.add(table.prepare(memory(), word(2), scope, 0));
        assertEquals(1, table.requeue(memory(), word(2), word(8), scope, 0, 1).moved());
        timed.forEach(w -> w.asStage(Deadline.after(Duration.ofHours(1))));
        clock.advance(Duration.ofHours(1).toNanos());
        timed.forEach(w -> assertEquals(WaitResult.TIMED_OUT, w.poll()));
        others.forEach(w -> assertNull(w.poll()));
        assertEquals(2, table.wake(memory(), base(), scope, 9));
        return timed.stream().map(WeakReference::new).toList();
    }

    /**
     * kiyoka/Emulin 886: a table that outlives its processes keeps their memories reachable. Amanieu/parking_lot 211:
     * the table never shrinks.
     */
    @ParameterizedTest
    @EnumSource
    default void closedMemoryCanBeCollected(Scope scope) {
        FutexTable table = new FutexTable();
        assertCollected(closed(table, scope));
        assertEquals(List.of(), table.waiters()); // keeps the table reachable until here
    }

    /** Returns a memory that was used for every kind of wait, and was closed while some waits were in progress. */
    private WeakReference<FutexMemory> closed(FutexTable table, Scope scope) {
        FutexMemory memory = another();
        PreparedWait woken = table.prepare(memory, base(), scope, 0);
        assertEquals(1, table.wake(memory, base(), scope, 1));
        assertEquals(WaitResult.WOKEN, woken.poll());
        assertEquals(
                WaitResult.CANCELLED, table.prepare(memory, base(), scope, 0).cancel());
        table.prepare(memory, word(1), scope, 0);
        assertEquals(1, table.requeue(memory, word(1), word(8), scope, 0, 1).moved());
        table.prepare(memory, word(2), scope, 0).asStage(Deadline.after(Duration.ofDays(1))); // by the system's clock
        assertEquals(2, table.cancel(memory));
        return new WeakReference<>(memory);
    }

    /** Runs the garbage collector until it has cleared a reference, for at most ten seconds. */
    private static void assertCollected(WeakReference<?> gone) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (gone.get() != null && System.nanoTime() < end) {
            System.gc();
        }
        assertNull(gone.get(), "the object is still reachable");
    }
}
