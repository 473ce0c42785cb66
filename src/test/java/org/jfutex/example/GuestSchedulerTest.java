package org.jfutex.example;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.VirtualClock;
import org.jfutex.WaitResult;
import org.jfutex.example.GuestScheduler.Blocked;
import org.jfutex.example.GuestScheduler.Guest;
import org.jfutex.memory.FlatMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guests that lock, wait and sleep, on one Java thread. */
@Timeout(60)
class GuestSchedulerTest {

    private static final long LOCK = 0;
    private static final long COUNT = 64;
    private static final long NEVER_WOKEN = 128;

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
    private final GuestScheduler scheduler = new GuestScheduler(table);

    private Blocked wait(long address, int expected, Deadline deadline) {
        return new Blocked(table.prepare(memory, address, PRIVATE, expected), deadline);
    }

    /** Counts up under a lock that it keeps over a sleep, so that the others queue. */
    private final class Counter implements Guest {

        private int rounds;
        private int seen = -1;
        private boolean contended;

        Counter(int rounds) {
            this.rounds = rounds;
        }

        @Override
        public @Nullable Blocked run(@Nullable WaitResult last) {
            while (rounds > 0) {
                if (seen < 0) {
                    boolean taken =
                            contended ? memory.getAndSet(LOCK, 2) == 0 : memory.compareAndExchange(LOCK, 0, 1) == 0;
                    if (!taken) {
                        contended = true;
                        memory.compareAndExchange(LOCK, 1, 2);
                        return GuestSchedulerTest.this.wait(LOCK, 2, Deadline.NEVER);
                    }
                    seen = memory.load(COUNT);
                    return GuestSchedulerTest.this.wait(NEVER_WOKEN, 0, Deadline.after(1));
                }
                assertEquals(WaitResult.TIMED_OUT, last);
                memory.store(COUNT, seen + 1);
                seen = -1;
                contended = false;
                rounds--;
                if (memory.getAndSet(LOCK, 0) == 2) {
                    table.wake(memory, LOCK, PRIVATE, 1);
                }
            }
            return null;
        }
    }

    @Test
    void guestsOfOneThreadExcludeEachOtherAndAllGetTheirTurn() {
        for (int i = 0; i < 20; i++) {
            scheduler.start(new Counter(10));
        }
        for (scheduler.runUntilIdle(); scheduler.alive() > 0; scheduler.runUntilIdle()) {
            assertTrue(clock.sleepers() > 0, scheduler::toString); // else nothing can ever happen again
            clock.advance(1);
        }
        assertEquals(200, memory.load(COUNT));
        assertEquals(0, table.dump().size());
        assertEquals(0, clock.sleepers());
    }
}
