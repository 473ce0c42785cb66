package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.jfutex.AdaptiveSpin.Budget;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A bucket spins while spinning saves time, and pauses in proportion to its losses. Time and chance are simulated. */
@Timeout(60) // fails a spin that never ends
class AdaptiveSpinTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long STEP = 100; // the duration of each reading of the clock
    private static final long NEVER = Long.MAX_VALUE;

    private final FutexTable table =
            FutexTable.builder().spinPolicy(SpinPolicy.NONE).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
    private final Simulated patience = new Simulated();

    @AfterEach
    void noInterruptIsPending() {
        assertFalse(Thread.interrupted());
    }

    /** A spin with simulated time: each reading of the clock takes time, and the wake comes at a set time. */
    private final class Simulated extends AdaptiveSpin {

        private long time = 5;
        private long wakeAt = NEVER;
        private long preemptedAt = NEVER;
        private long preemption;
        private int chance; // the next result of random

        @Override
        long now() {
            time += STEP;
            if (time >= preemptedAt) {
                preemptedAt = NEVER;
                time += preemption;
            }
            if (time >= wakeAt) {
                wakeAt = NEVER;
                assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
            }
            return time;
        }

        @Override
        int random(int bound) {
            return Math.min(chance, bound - 1);
        }
    }

    /** Waits once, with a wake after the given nanoseconds. Returns how long the waiter spun. */
    private long spin(long wakeAfter, boolean virtual) {
        PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
        long begin = patience.time;
        patience.wakeAt = wakeAfter == NEVER ? NEVER : begin + wakeAfter;
        boolean came = patience.watch(wait, 1, virtual);
        assertEquals(wait.poll() != null, came);
        long took = patience.time - begin;
        patience.wakeAt = NEVER;
        wait.cancel();
        return took;
    }

    private long spin(long wakeAfter) {
        return spin(wakeAfter, false);
    }

    private boolean spins() {
        return spin(NEVER) > 2 * STEP; // one reading of the clock shows that the pause is not over
    }

    /** Spins without a wake until the bucket stops spinning. */
    private void close() {
        for (int spins = 0; spins(); spins++) {
            assertTrue(spins < 100, "it never stops");
        }
    }

    /** Waits until the bucket probes, with or without a wake. Returns the time until the probe. */
    private long untilProbe(long wakeAfter) {
        long begin = patience.time;
        for (int waits = 0; waits < 1_000_000; waits++) {
            long before = patience.time;
            if (spin(wakeAfter) > 2 * STEP) {
                return before - begin;
            }
            patience.time += 20_000; // parks
        }
        throw new AssertionError("it never probes");
    }

    @Test
    void watch_wakeWithinTheBudget_returnsTrue() {
        long took = spin(5_000);
        assertTrue(took >= 5_000 && took < 6_000, () -> took + " ns");
    }

    @Test
    void watch_noWake_spinsForTheFullTime() {
        long took = spin(NEVER);
        assertTrue(took >= Budget.PLATFORM.full && took < Budget.PLATFORM.full + 1_000, () -> took + " ns");
    }

    @Test
    void watch_lastWakeCameSoon_spinsForTheBriefTime() {
        spin(300);
        long took = spin(NEVER);
        assertTrue(took >= Budget.PLATFORM.brief && took < Budget.PLATFORM.brief + 1_000, () -> took + " ns");
    }

    @Test
    void watch_lastWakeCameLater_spinsForTheFullTime() {
        spin(300);
        spin(NEVER);
        spin(30_000);
        long took = spin(NEVER);
        assertTrue(took >= Budget.PLATFORM.full, () -> took + " ns");
    }

    @Test
    void watch_moreWaitersThanProcessors_doesNotSpin() {
        int processors = Runtime.getRuntime().availableProcessors();
        PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
        long begin = patience.time;
        patience.watch(wait, processors + 1, false);
        assertEquals(begin, patience.time);
        patience.watch(wait, processors, false);
        assertTrue(patience.time > begin);
    }

    @Test
    void watch_manyWakesWithinTheBudget_keepsSpinning() {
        for (int i = 0; i < 1_000; i++) {
            assertTrue(spin(300) >= 300);
        }
    }

    /** Rare losses must not stop spinning: a timer interrupt delays a wake every few milliseconds. */
    @Test
    void watch_oneLossAmongManyGains_keepsSpinning() {
        for (int i = 0; i < 1_000; i++) {
            assertTrue(spins());
            for (int k = 0; k < 10; k++) {
                assertTrue(spin(300) >= 300);
            }
        }
    }

    @Test
    void watch_lossesOnly_stopsSpinningSoon() {
        for (int i = 0; i < 100; i++) {
            spin(300);
        }
        long begin = patience.time;
        close();
        long lost = patience.time - begin;
        assertTrue(lost < 2 * Budget.PLATFORM.most, () -> lost + " ns");
    }

    /** If the waiter is preempted while it spins, it sees the wake when it runs again. That is no success. */
    @Test
    void watch_wakeSeenAfterPreemption_stopsSpinning() {
        for (int i = 0; i < 100; i++) {
            spin(300);
        }
        patience.preemptedAt = patience.time + 200;
        patience.preemption = 12 * MILLISECOND;
        assertTrue(spin(5_000) > 12 * MILLISECOND);
        long pause = untilProbe(300);
        assertTrue(pause >= AdaptiveSpin.FIRST_FACTOR * 12 * MILLISECOND, () -> pause + " ns");
    }

    /** A wake that is seen after the budget counts as a loss, although the wait ends without parking. */
    @Test
    void watch_wakesLaterThanTheBudget_stopsSpinning() {
        int spins = 0;
        for (int i = 0; i < 100; i++) {
            patience.preemptedAt = patience.time + 200;
            patience.preemption = Budget.PLATFORM.full + 10_000;
            spins += spin(5_000) > 2 * STEP ? 1 : 0;
            patience.time += 1_000;
        }
        assertTrue(spins <= 4 + 100 * 70_000 / (AdaptiveSpin.FIRST_FACTOR * 70_000), spins + " spins");
    }

    @Test
    void watch_unsuccessfulProbes_doublePauseUpToLimit() {
        close();
        long last = 0;
        for (int factor = AdaptiveSpin.FIRST_FACTOR; factor < 4 * Budget.PLATFORM.lastFactor; factor *= 2) {
            long pause = untilProbe(NEVER);
            long least = Math.min(factor, Budget.PLATFORM.lastFactor) * Budget.PLATFORM.full;
            assertTrue(pause >= least - 30_000 && pause < least + 60_000, () -> pause + " ns, not " + least);
            assertTrue(pause > last || factor > Budget.PLATFORM.lastFactor);
            last = pause;
        }
    }

    @Test
    void watch_lossOfSeconds_pausesAtMostOneSecond() {
        patience.preemptedAt = patience.time + 200;
        patience.preemption = 60_000 * MILLISECOND;
        spin(NEVER);
        long pause = untilProbe(NEVER);
        assertTrue(pause >= 900 * MILLISECOND && pause <= 1_001 * MILLISECOND, () -> pause + " ns");
    }

    @Test
    void watch_probeSeesAWake_spinsAgainAndPausesBrieflyAfterwards() {
        close();
        for (int i = 0; i < 10; i++) {
            untilProbe(NEVER);
        }
        untilProbe(300);
        for (int i = 0; i < 20; i++) {
            assertTrue(spin(300) >= 300);
        }
        close();
        long pause = untilProbe(NEVER);
        assertTrue(pause <= AdaptiveSpin.FIRST_FACTOR * Budget.PLATFORM.full + 60_000, () -> pause + " ns");
    }

    /** If one successful probe shortened the next pause, a bucket with few successes would lose much of its time. */
    @Test
    void watch_singleWakesBetweenLosses_stillPausesLong() {
        close();
        for (int i = 0; i < 10; i++) {
            untilProbe(NEVER);
        }
        untilProbe(300);
        close();
        long pause = untilProbe(NEVER);
        assertTrue(pause >= Budget.PLATFORM.lastFactor * Budget.PLATFORM.full - 30_000, () -> pause + " ns");
    }

    /** A bucket whose spins never succeed loses little: its first credit, and then a few percent. */
    @Test
    void watch_noWakeEver_losesAFewPercentOfTheTime() {
        long end = patience.time + 1_000 * MILLISECOND;
        long lost = 0;
        while (patience.time < end) {
            lost += spin(NEVER);
            patience.time += 20_000; // parks
        }
        long all = lost;
        assertTrue(all < 25 * MILLISECOND, () -> all + " ns of a second");
    }

    @Test
    void watch_paused_readsTheClockSeldom() {
        close();
        patience.chance = 1;
        long begin = patience.time;
        assertEquals(0, spin(NEVER));
        assertEquals(begin, patience.time);
    }

    @Test
    void watch_interrupt_endsTheSpinAndStaysPending() {
        Thread.currentThread().interrupt();
        long took = spin(NEVER);
        assertTrue(Thread.interrupted());
        assertTrue(took <= 3 * STEP, () -> took + " ns");
        long next = spin(NEVER);
        assertTrue(next >= Budget.PLATFORM.full, () -> "an interrupt is no loss: " + next + " ns");
    }

    /** Otherwise two threads that hand over to each other would hold their carriers for ever. */
    @Test
    void watch_virtualThread_parksOccasionallyEvenIfSpinningPays() {
        patience.chance = 0;
        assertEquals(0, spin(300, true));
        patience.chance = 1;
        assertTrue(spin(300, true) >= 300);
    }

    @Test
    void watch_virtualThread_spinsForAFewMicroseconds() {
        patience.chance = 1;
        long took = spin(NEVER, true);
        assertTrue(took >= Budget.VIRTUAL.full && took < Budget.VIRTUAL.full + 1_000, () -> took + " ns");
    }

    /** A thread spins only if another can run at the same time, and only if its deadline cannot pass. */
    @ParameterizedTest
    @EnumSource
    void effectiveFor_severalProcessorsAndNoDeadline_isThePolicy(SpinPolicy policy) {
        assertEquals(policy, policy.effectiveFor(Deadline.NEVER, false, 2, 1));
        assertEquals(policy, policy.effectiveFor(Deadline.NEVER, true, 2, 2));
        assertEquals(SpinPolicy.NONE, policy.effectiveFor(Deadline.NEVER, true, 2, 1));
        assertEquals(SpinPolicy.NONE, policy.effectiveFor(Deadline.NEVER, false, 1, 1));
        assertEquals(SpinPolicy.NONE, policy.effectiveFor(Deadline.NEVER, true, 1, 2));
        assertEquals(SpinPolicy.NONE, policy.effectiveFor(Deadline.after(1), false, 2, 2));
    }
}
