package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.VirtualClock;
import org.jfutex.WaitResult;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.FutexMemory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What stayed in somebody's table though nobody waited any more, each by the name of its report. */
@Timeout(120)
interface LeakBugs extends Subject {

    /** asterinas 2366 and 2377, bytecodealliance/wasmtime 13981: who timed out stays queued, and addresses pile up. */
    @ParameterizedTest
    @EnumSource
    default void nothingStaysOfWhoTimedOut(Scope scope) throws InterruptedException {
        VirtualClock clock = new VirtualClock();
        FutexTable table = FutexTable.builder().clock(clock).build();
        for (int i = 0; i < 1024; i++) {
            assertEquals(WaitResult.TIMED_OUT, table.await(memory(), word(i), scope, 0, Deadline.after(0)));
        }
        List<WeakReference<PreparedWait>> waits = timedOut(table, clock, scope);
        assertEquals(List.of(), table.waiters());
        assertEquals(0, table.wake(memory(), base(), scope, 9));
        waits.forEach(LeakBugs::assertCollected);
        assertEquals(0, table.waiterCount(memory(), base(), scope)); // both are in use until here
        assertEquals(0, clock.sleepers());
    }

    /** Waits that timed out: the first, one in the middle and the last of a queue, and one that was requeued. */
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

    /** kiyoka/Emulin 886: a table that outlives its processes keeps their memories. Amanieu/parking_lot 211: it never gets smaller. */
    @ParameterizedTest
    @EnumSource
    default void memoryThatIsClosedCanBeCollected(Scope scope) {
        FutexTable table = new FutexTable();
        assertCollected(closed(table, scope));
        assertEquals(List.of(), table.waiters()); // it is in use until here
    }

    /** A memory on which somebody waited in every way, closed while some still did. */
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

    /** Asks the garbage collector until it has taken something, or for ten seconds. */
    private static void assertCollected(WeakReference<?> gone) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (gone.get() != null && System.nanoTime() < end) {
            System.gc();
        }
        assertNull(gone.get(), "somebody keeps it");
    }
}
