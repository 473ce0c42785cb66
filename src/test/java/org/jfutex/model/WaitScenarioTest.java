package org.jfutex.model;

import static org.jfutex.WaitResult.CANCELLED;
import static org.jfutex.WaitResult.TIMED_OUT;
import static org.jfutex.WaitResult.VALUE_DIFFERS;
import static org.jfutex.WaitResult.WOKEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the races of one waiter with other operations. The library and the mutant without a bug must pass, and each bug
 * of the mutant must be detected.
 *
 * <p>The deep form, with {@code -Djfutex.lincheck=deep -Djfutex.lincheck.most=3000} on JDK 17, tries at most 3,000
 * interleavings of each of the ten scenarios. It took 2.4 minutes and found no failure. In a copy of the library that
 * counts a waiter after it has compared the word, 40 interleavings were enough to fail.
 */
@Tag("model")
class WaitScenarioTest {

    private static final int QUICK = 100; // 24 were too few for a bug planted in the library, 40 found it

    private static void holds(Function<MutantFutex.@Nullable Bug, Scenario> scenario, MutantFutex.Bug... bugs) {
        Scenario.holds(QUICK, () -> scenario.apply(null));
        Scenario.holdsQuickly(QUICK / 5, () -> scenario.apply(MutantFutex.Bug.NONE));
        for (MutantFutex.Bug bug : bugs) {
            Scenario.fails(bug.name(), () -> scenario.apply(bug));
        }
    }

    /** A scenario of the library, or of a mutant. */
    private abstract static class Base extends Scenario {

        final Futexes futexes;
        volatile @Nullable WaitResult result;
        volatile int woken;

        Base(int threads, MutantFutex.@Nullable Bug bug) {
            super(threads);
            futexes = bug == null ? Futexes.of(table, memory) : new MutantFutex(bug, memory, clock);
        }

        /** Checks conservation: the counted wakes equal the waits that ended as woken, and no waiter is left. */
        final void conserved() {
            assertEquals(woken, result == WOKEN ? 1 : 0, () -> "woken " + woken + ", result " + result);
            assertEquals(0, futexes.wake(A, 9) + futexes.wake(B, 9), "ended waits are still queued");
        }
    }

    @Test
    void waitAgainstWake() {
        holds(
                bug -> new AgainstWake(bug),
                MutantFutex.Bug.COMPARES_BEFORE_THE_LOCK,
                MutantFutex.Bug.COUNTS_AFTER_COMPARING);
    }

    private static final class AgainstWake extends Base {
        AgainstWake(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() throws Exception {
            result = futexes.prepare(A).await(Futexes.NEVER);
        }

        @Override
        void second() {
            memory.store(A, 1);
            woken = futexes.wake(A, 1);
        }

        @Override
        void end() {
            assertTrue(result == WOKEN || result == VALUE_DIFFERS, () -> "result " + result);
            conserved();
        }
    }

    @Test
    void timeoutAgainstWake() {
        holds(bug -> new TimeoutAgainstWake(bug), MutantFutex.Bug.GIVES_UP_ANYWAY);
    }

    private static final class TimeoutAgainstWake extends Base {
        private final Futexes.Sleep sleep = futexes.prepare(A);

        TimeoutAgainstWake(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() throws Exception {
            result = sleep.await(1);
        }

        @Override
        void second() {
            clock.advance(1);
            woken = futexes.wake(A, 1);
        }

        @Override
        void end() {
            assertTrue(result == WOKEN || result == TIMED_OUT, () -> "result " + result);
            conserved();
        }
    }

    @Test
    void interruptAgainstWake() {
        holds(bug -> new InterruptAgainstWake(bug), MutantFutex.Bug.GIVES_UP_ANYWAY);
    }

    private static final class InterruptAgainstWake extends Base {
        private final Futexes.Sleep sleep = futexes.prepare(A);
        private volatile boolean pending;

        InterruptAgainstWake(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() {
            try {
                result = sleep.await(Futexes.NEVER);
            } catch (InterruptedException e) {
                result = CANCELLED;
            }
            pending = Thread.currentThread().isInterrupted();
        }

        @Override
        void second() {
            interruptFirst();
            woken = futexes.wake(A, 1);
        }

        @Override
        void end() {
            assertTrue(result != CANCELLED || !pending, "both thrown and pending");
            conserved();
        }
    }

    @Test
    void cancelAgainstWake() {
        holds(bug -> new CancelAgainstWake(bug), MutantFutex.Bug.GIVES_UP_ANYWAY);
    }

    private static final class CancelAgainstWake extends Base {
        private final Futexes.Sleep sleep = futexes.prepare(A);

        CancelAgainstWake(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() {
            result = sleep.cancel();
        }

        @Override
        void second() {
            woken = futexes.wake(A, 1);
        }

        @Override
        void end() {
            conserved();
        }
    }

    @Test
    void timeoutAgainstRequeue() {
        holds(bug -> new TimeoutAgainstRequeue(bug), MutantFutex.Bug.NO_SECOND_CHECK);
    }

    private static final class TimeoutAgainstRequeue extends Base {
        private final Futexes.Sleep sleep = futexes.prepare(A);

        TimeoutAgainstRequeue(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
            clock.advance(1);
        }

        @Override
        void first() throws Exception {
            result = sleep.await(1);
        }

        @Override
        void second() {
            futexes.requeue(A, B, 1);
        }

        @Override
        void end() {
            assertEquals(TIMED_OUT, result);
            conserved();
        }
    }

    @Test
    void cancelAgainstRequeueThereAndBack() {
        holds(bug -> new CancelAgainstRequeue(bug), MutantFutex.Bug.NO_SECOND_CHECK);
    }

    private static final class CancelAgainstRequeue extends Base {
        private final Futexes.Sleep sleep = futexes.prepare(A);

        CancelAgainstRequeue(MutantFutex.@Nullable Bug bug) {
            super(3, bug);
        }

        @Override
        void first() {
            result = sleep.cancel();
        }

        @Override
        void second() {
            futexes.requeue(A, B, 1);
            futexes.requeue(B, A, 1);
        }

        @Override
        void third() {
            woken = futexes.wake(B, 1);
        }

        @Override
        void end() {
            conserved();
        }
    }

    @Test
    void requeueAgainstWakeOfTheTarget() {
        holds(bug -> new RequeueAgainstTarget(bug), MutantFutex.Bug.TARGET_NOT_COUNTED);
    }

    /**
     * A thread changes the compared word, then wakes the target. It must not miss a waiter that is being moved there.
     */
    private static final class RequeueAgainstTarget extends Base {
        private final Futexes.Sleep sleep = futexes.prepare(A);
        private volatile int moved;

        RequeueAgainstTarget(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() {
            moved = futexes.requeue(A, B, 1);
        }

        @Override
        void second() {
            memory.store(A, 1);
            woken = futexes.wake(B, 1);
        }

        @Override
        void end() {
            assertEquals(moved, woken, "a waiter was moved after the wake of the target");
            result = sleep.cancel();
            conserved();
        }
    }

    @Test
    void requeueAgainstWakeOfBoth() {
        holds(bug -> new RequeueAgainstBoth(bug), MutantFutex.Bug.MOVES_IN_TWO_STEPS);
    }

    /** A thread that wakes the source and then the target always finds the waiter. */
    private static final class RequeueAgainstBoth extends Base {
        private final Futexes.Sleep sleep = futexes.prepare(A);

        RequeueAgainstBoth(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() {
            futexes.requeue(A, B, 1);
        }

        @Override
        void second() {
            woken = futexes.wake(A, 1) + futexes.wake(B, 1);
        }

        @Override
        void end() {
            assertEquals(1, woken);
            result = sleep.poll();
            conserved();
        }
    }

    @Test
    void lateArrival_takesNoEarlierWake() {
        holds(bug -> new LateArrival(bug), MutantFutex.Bug.WAKE_LEAVES_A_PERMIT);
    }

    private static final class LateArrival extends Base {
        private final Futexes.Sleep early = futexes.prepare(A);
        private volatile @Nullable WaitResult late;

        LateArrival(MutantFutex.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() {
            Futexes.Sleep sleep = futexes.prepare(A);
            late = sleep.poll();
            sleep.cancel();
        }

        @Override
        void second() {
            woken = futexes.wake(A, 1);
        }

        @Override
        void end() {
            assertNull(late, "a late arrival took the wake");
            result = early.poll();
            assertEquals(1, woken);
            conserved();
        }
    }

    @Test
    void waitOnTwoWordsAgainstTwoWakes() {
        holds(bug -> new BothAgainstTwoWakes(bug), MutantFutex.Bug.FORGETS_THE_OTHER_WORD);
    }

    /** Each word counts separately, so both wakes may count. No wake counts after the wait has ended. */
    private static final class BothAgainstTwoWakes extends Base {
        private volatile int other;

        BothAgainstTwoWakes(MutantFutex.@Nullable Bug bug) {
            super(3, bug);
        }

        @Override
        void first() throws Exception {
            result = futexes.prepareBoth(A, B).await(Futexes.NEVER);
            assertNotEquals(null, result);
            assertEquals(0, futexes.wake(A, 9) + futexes.wake(B, 9), "an ended wait is still queued");
        }

        @Override
        void second() {
            memory.store(A, 1);
            woken = futexes.wake(A, 1);
        }

        @Override
        void third() {
            memory.store(B, 1);
            other = futexes.wake(B, 1);
        }

        @Override
        void end() {
            assertEquals(result == WOKEN, woken + other > 0, () -> result + " " + woken + " " + other);
        }
    }
}
