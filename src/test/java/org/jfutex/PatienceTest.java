package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;

/** Who waits watches for a wake where that pays, and does not where it does not. */
class PatienceTest {

    private static final int MANY = 400;

    private final FutexTable table = new FutexTable();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
    private final Patience patience = new Patience();

    private final PreparedWait asleep = table.prepare(memory, 0, PRIVATE, 0);
    private final PreparedWait woken = table.prepare(memory, 32, PRIVATE, 0);

    PatienceTest() {
        table.wake(memory, 32, PRIVATE, 1);
    }

    @Test
    void itSeesAWake() {
        assertTrue(patience.watch(woken, 1));
        assertFalse(patience.watch(asleep, 1));
    }

    @Test
    void itDoesNotWatchAmongACrowd() {
        int processors = Runtime.getRuntime().availableProcessors();
        assertTrue(patience.watch(woken, processors));
        assertFalse(patience.watch(woken, processors + 1));
    }

    /** Only what is watched is seen, so what is seen tells how often it watches. */
    @Test
    void afterWatchingInVainItSeldomWatchesUntilThatPaysAgain() {
        int unseen = 0;
        for (int i = 0; i < MANY; i++) {
            for (int k = 0; k < 4; k++) {
                assertFalse(patience.watch(asleep, 1));
            }
            while (!patience.watch(woken, 1)) {
                unseen++;
            }
            assertTrue(patience.watch(woken, 1), "it has paid");
        }
        double mean = (double) unseen / MANY + 1;
        assertTrue(mean > 0.7 * Patience.PROBE && mean < 1.3 * Patience.PROBE, () -> "one of " + mean);
    }

    @Test
    void lessThanThatDoesNotDiscourageIt() {
        for (int k = 0; k < 3; k++) {
            assertFalse(patience.watch(asleep, 1));
        }
        assertTrue(patience.watch(woken, 1));
    }

    /** Else two that hand over to each other would keep their carriers for ever. */
    @Test
    void virtualThreadsParkNowAndThenAlthoughWatchingPays() throws Exception {
        int[] unseen = new int[1];
        Thread thread = Soak.virtual(() -> {
            for (int i = 0; i < MANY * Patience.REST; i++) {
                unseen[0] += patience.watch(woken, 1) ? 0 : 1;
            }
        });
        assumeTrue(thread != null);
        requireNonNull(thread).start();
        thread.join();
        assertTrue(unseen[0] > 0.7 * MANY && unseen[0] < 1.3 * MANY, () -> unseen[0] + " unseen");
    }

    @Test
    void whoSeesAWakeLooksLongAndWhoYieldsForItLooksLessEachTime() {
        assertEquals(Patience.MOST_LOOKS, Patience.learned(Patience.FEWEST_LOOKS, true));
        int looks = Patience.MOST_LOOKS;
        for (int wakes = 0; looks > Patience.FEWEST_LOOKS; wakes++) {
            assertTrue(wakes < 16, "it must forget soon");
            int fewer = Patience.learned(looks, false);
            assertTrue(fewer < looks);
            looks = fewer;
        }
        assertEquals(Patience.FEWEST_LOOKS, Patience.learned(looks, false));
    }
}
