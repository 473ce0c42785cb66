package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each end of a wait changes the counters of its table as documented. */
@Timeout(60)
class TableCountersTest {

    private final VirtualClock clock = new VirtualClock();
    private final PiTask[] tasks = new PiTask[3];
    private final FutexTable table =
            FutexTable.builder().clock(clock).tasks(tid -> tasks[tid]).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));

    private void assertCounters(long waits, long wakes, long timeouts, long cancels, long sleeps) {
        assertEquals(new TableCounters(waits, wakes, timeouts, cancels, sleeps), table.counters());
    }

    @Test
    void newTable_hasZeros() {
        assertCounters(0, 0, 0, 0, 0);
        table.wake(memory, 0, PRIVATE, 1);
        table.prepare(memory, 0, PRIVATE, 1); // the word differs
        assertCounters(0, 0, 0, 0, 0);
    }

    @Test
    void wokenWaiters_areCounted() {
        for (int i = 0; i < 5; i++) {
            table.prepare(memory, 0, PRIVATE, 0);
        }
        table.wake(memory, 0, PRIVATE, 2);
        assertCounters(5, 2, 0, 0, 0);
        table.wake(memory, 0, PRIVATE, Integer.MAX_VALUE); // all in one step
        assertCounters(5, 5, 0, 0, 0);
    }

    @Test
    void movedWaiter_isCountedOnce() {
        table.prepare(memory, 0, PRIVATE, 0);
        table.prepare(memory, 0, PRIVATE, 0);
        table.requeue(memory, 0, 4, PRIVATE, 0, 1);
        table.requeue(memory, 0, 8, PRIVATE, 0, Integer.MAX_VALUE);
        assertCounters(2, 0, 0, 0, 0);
        table.wake(memory, 4, PRIVATE, 1);
        table.wake(memory, 8, PRIVATE, 1);
        assertCounters(2, 2, 0, 0, 0);
    }

    @Test
    void timeoutAndCancel_areCountedApart() {
        table.prepare(memory, 0, PRIVATE, 0).asStage(Deadline.after(10));
        table.prepare(memory, 0, PRIVATE, 0).cancel();
        clock.advance(10);
        assertCounters(2, 0, 1, 1, 0);
    }

    @Test
    void waitOnSeveralWords_isCountedForEachOfThem() {
        PreparedWait any =
                table.prepareAny(memory, List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(4, PRIVATE, 0)), 0);
        table.wake(memory, 4, PRIVATE, 1);
        assertEquals(WaitResult.WOKEN, any.poll());
        assertCounters(2, 1, 0, 1, 0);
    }

    @Test
    void sleepingThread_isCountedAsSleep() throws Exception {
        var sleeper = Threads.start(() -> table.prepare(memory, 0, PRIVATE, 0).awaitUninterruptibly());
        Threads.awaitAsleep(sleeper.thread());
        assertCounters(1, 0, 0, 0, 1);
        table.wake(memory, 0, PRIVATE, 1);
        assertEquals(WaitResult.WOKEN, sleeper.get());
        assertCounters(1, 1, 0, 0, 1);
    }

    @Test
    void handedOverLock_isCountedAsWake() {
        for (int tid = 1; tid < 3; tid++) {
            tasks[tid] = new PiTask(table, tid, memory);
        }
        tasks[1].tryLock(0, PRIVATE);
        tasks[2].prepareLock(0, PRIVATE);
        tasks[1].unlock(0, PRIVATE);
        assertCounters(1, 1, 0, 0, 0);
    }
}
