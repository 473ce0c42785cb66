package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests that waits without a deadline sleep through the clock. Here that ends them, so that one thread suffices. */
class UntimedParkTest {

    private final List<Object> blockers = new ArrayList<>();
    private final FutexTable table = FutexTable.builder()
            .clock(new Waker())
            .spinPolicy(SpinPolicy.NONE)
            .tasks(this::task)
            .build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
    private final PiTask owner = new PiTask(table, 1, memory);
    private final PiTask waiter = new PiTask(table, 2, memory);

    private @Nullable PiTask task(int tid) {
        return tid == 1 ? owner : tid == 2 ? waiter : null;
    }

    /** A clock that ends every wait that is about to sleep. */
    private final class Waker implements FutexClock {
        @Override
        public long nanos(ClockId clockId) {
            return 0;
        }

        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
            throw new AssertionError("this wait has no deadline");
        }

        @Override
        public void park(Object blocker) {
            blockers.add(blocker);
            if (table.wake(memory, 0, PRIVATE, 1) == 0) {
                owner.unlock(8, PRIVATE);
            }
        }
    }

    @Test
    void waitsWithoutDeadline_parkThroughTheClock() throws InterruptedException {
        assertEquals(WaitResult.WOKEN, table.await(memory, 0, PRIVATE, 0));
        PreparedWait prepared = table.prepare(memory, 0, PRIVATE, 0);
        assertEquals(WaitResult.WOKEN, prepared.await());
        assertSame(prepared, blockers.get(1));
        assertEquals(WaitResult.WOKEN, table.prepare(memory, 0, PRIVATE, 0).awaitUninterruptibly());
        assertEquals(
                WaitResult.WOKEN,
                table.prepareAny(memory, List.of(new WaitWord(4, PRIVATE, 0), new WaitWord(0, PRIVATE, 0)), 0)
                        .await());
        owner.tryLock(8, PRIVATE);
        assertEquals(PiResult.LOCKED, waiter.lock(8, PRIVATE, Deadline.NEVER));
        assertEquals(5, blockers.size());
    }
}
