package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import org.jfutex.Threads.Running;
import org.jfutex.memory.FlatMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A waiter that left a queue before a wake-all is not reported as woken, whenever its state is read. */
class DequeuedWaiterVisibilityTest {

    private static final long FROM = 64;
    private static final long TO = 128;
    private static final int ROUNDS = 300_000;

    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(256));
    private final FutexTable table = new FutexTable();
    private volatile @Nullable PreparedWait leaver;
    private volatile boolean seen;
    private volatile boolean over;

    /** The ways to leave a queue. */
    enum Way {
        MOVED,
        CANCELLED
    }

    @ParameterizedTest
    @EnumSource
    void dequeuedWaiter_isNeverReportedAsWoken(Way way) throws Exception {
        Running<Integer> looker = Threads.start(() -> {
            int looks = 0;
            for (; !over; looks++) {
                PreparedWait wait = leaver;
                if (wait != null && wait.poll() == WaitResult.WOKEN) {
                    seen = true;
                }
            }
            return looks;
        });
        try {
            leaveAgainAndAgain(way);
        } finally {
            over = true;
        }
        assertNotEquals(0, looker.get());
        assertFalse(seen, "woken");
    }

    private void leaveAgainAndAgain(Way way) {
        for (int i = 0; i < ROUNDS && !seen; i++) {
            PreparedWait wait = table.prepare(memory, FROM, Scope.PRIVATE, 0);
            PreparedWait other = table.prepare(memory, FROM, Scope.PRIVATE, 0);
            leaver = wait;
            if (way == Way.MOVED) {
                assertEquals(new RequeueResult(false, 0, 1), table.requeue(memory, FROM, TO, Scope.PRIVATE, 0, 1));
            } else {
                wait.cancel();
            }
            assertEquals(1, table.wake(memory, FROM, Scope.PRIVATE, Integer.MAX_VALUE));
            assertEquals(WaitResult.WOKEN, other.poll());
            assertEquals(WaitResult.CANCELLED, wait.cancel());
        }
    }
}
