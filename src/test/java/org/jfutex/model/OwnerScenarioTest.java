package org.jfutex.model;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.jfutex.FutexFd;
import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.PreparedWait;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests races of locks with owners and of descriptors. The library and the mutant without a bug must pass, and each bug
 * of the mutant must be detected.
 *
 * <p>The deep form, with {@code -Djfutex.lincheck=deep -Djfutex.lincheck.most=5000} on JDK 17, tries at most 5,000
 * interleavings of each of the seven scenarios. It took 2.3 minutes and found no failure. In a copy of the library
 * without the second check for the owner's death, 30 interleavings were enough to fail.
 */
@Tag("model")
class OwnerScenarioTest {

    private static final int QUICK = 100;
    private static final int TID_MASK = 0x3fff_ffff;

    private static void holds(Function<MutantPiLock.@Nullable Bug, Scenario> scenario, MutantPiLock.Bug... bugs) {
        Scenario.holds(QUICK, () -> scenario.apply(null));
        Scenario.holdsQuickly(QUICK / 5, () -> scenario.apply(MutantPiLock.Bug.NONE));
        for (MutantPiLock.Bug bug : bugs) {
            Scenario.fails(bug.name(), () -> scenario.apply(bug));
        }
    }

    /** A lock that the first task owns and the second waits for. */
    private abstract static class Owned extends Scenario {
        private final PiTask one = new PiTask(table, 1, memory);
        private final PiTask other = new PiTask(table, 2, memory);
        final Locker owner;
        final Locker waiter;
        volatile @Nullable PiResult result;
        volatile int wordThen;

        Owned(int threads, MutantPiLock.@Nullable Bug bug) {
            super(threads);
            MutantPiLock mutant = bug == null ? null : new MutantPiLock(bug, memory, clock);
            owner = mutant == null ? new Locker.Library(one) : mutant.locker(1);
            waiter = mutant == null ? new Locker.Library(other) : mutant.locker(2);
            assertEquals(PiResult.LOCKED, owner.tryLock(A));
        }

        @Override
        PiTask task(int tid) {
            return tid == 1 ? one : other;
        }

        @Override
        void first() throws Exception {
            lock(1);
        }

        final void lock(long until) throws InterruptedException {
            result = waiter.lock(A, until);
            wordThen = memory.load(A); // the word must hold the owner's id as soon as the lock is acquired
        }

        final int ownerInWord() {
            return memory.load(A) & TID_MASK;
        }

        final void locked() {
            assertEquals(2, wordThen & TID_MASK, "locked, but the word has another owner");
            assertEquals(2, ownerInWord());
        }
    }

    @Test
    void lockAgainstUnlock() {
        holds(
                bug -> new LockAgainstUnlock(bug, true),
                MutantPiLock.Bug.WAITERS_NOT_SET,
                MutantPiLock.Bug.NOTIFIES_BEFORE_WRITING);
    }

    @Test
    void lockAgainstUnlockByACall() {
        holds(bug -> new LockAgainstUnlock(bug, false), MutantPiLock.Bug.UNLOCKS_IN_TWO_STEPS);
    }

    private static final class LockAgainstUnlock extends Owned {

        /** Whether the owner unlocks as programs do: without a call if the waiters bit is not set. */
        private final boolean self;

        LockAgainstUnlock(MutantPiLock.@Nullable Bug bug, boolean self) {
            super(2, bug);
            this.self = self;
        }

        @Override
        void first() throws Exception {
            lock(Futexes.NEVER);
        }

        @Override
        void second() {
            if (!self || memory.compareAndExchange(A, 1, 0) != 1) {
                assertEquals(PiResult.UNLOCKED, owner.unlock(A));
            }
        }

        @Override
        void end() {
            assertEquals(PiResult.LOCKED, result);
            locked();
        }
    }

    @Test
    void handOverAgainstTimeout() {
        holds(bug -> new HandOverAgainstTimeout(bug), MutantPiLock.Bug.GIVES_UP_ANYWAY);
    }

    private static final class HandOverAgainstTimeout extends Owned {
        HandOverAgainstTimeout(MutantPiLock.@Nullable Bug bug) {
            super(3, bug);
        }

        @Override
        void second() {
            assertEquals(PiResult.UNLOCKED, owner.unlock(A));
        }

        @Override
        void third() {
            clock.advance(1);
        }

        @Override
        void end() {
            if (result == PiResult.LOCKED) {
                locked();
                assertEquals(PiResult.UNLOCKED, waiter.unlock(A));
            } else {
                assertEquals(PiResult.TIMED_OUT, result);
            }
            assertEquals(PiResult.LOCKED, owner.tryLock(A), "the lock is lost");
        }
    }

    @Test
    void ownerDeathAgainstTimeout() {
        holds(bug -> new OwnerDeathAgainstTimeout(bug), MutantPiLock.Bug.GIVES_UP_ANYWAY);
    }

    private abstract static class OwnerDeath extends Owned {
        OwnerDeath(int threads, MutantPiLock.@Nullable Bug bug) {
            super(threads, bug);
        }

        @Override
        final void second() {
            owner.exit();
        }

        /** The waiter came too late, or timed out before the exit. Then the word still holds the dead owner's id. */
        final void diedWithoutAnHeir() {
            assertEquals(1, ownerInWord(), () -> "result " + result);
        }

        final void inherited() {
            locked();
            assertTrue((wordThen & MutantPiLock.OWNER_DIED) != 0, "the next owner does not know of the death");
        }
    }

    private static final class OwnerDeathAgainstTimeout extends OwnerDeath {
        OwnerDeathAgainstTimeout(MutantPiLock.@Nullable Bug bug) {
            super(3, bug);
        }

        @Override
        void third() {
            clock.advance(1);
        }

        @Override
        void end() {
            if (result == PiResult.LOCKED) {
                inherited();
            } else {
                assertTrue(result == PiResult.TIMED_OUT || result == PiResult.NO_OWNER, () -> "result " + result);
                diedWithoutAnHeir();
            }
        }
    }

    @Test
    void ownerDeathAgainstLock() {
        holds(
                bug -> new OwnerDeathAgainstLock(bug),
                MutantPiLock.Bug.JOINS_THE_DEAD,
                MutantPiLock.Bug.DIES_WITHOUT_HAND_OFF,
                MutantPiLock.Bug.DIES_UNMARKED);
    }

    /** A waiter without a deadline must not wait for a dead owner. */
    private static final class OwnerDeathAgainstLock extends OwnerDeath {
        OwnerDeathAgainstLock(MutantPiLock.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() throws Exception {
            lock(Futexes.NEVER);
        }

        @Override
        void end() {
            if (result == PiResult.LOCKED) {
                inherited();
            } else {
                assertEquals(PiResult.NO_OWNER, result);
                diedWithoutAnHeir();
            }
        }
    }

    @Test
    void interruptAgainstHandOver() {
        holds(bug -> new InterruptAgainstHandOver(bug), MutantPiLock.Bug.GIVES_UP_ANYWAY);
    }

    private static final class InterruptAgainstHandOver extends Owned {
        InterruptAgainstHandOver(MutantPiLock.@Nullable Bug bug) {
            super(2, bug);
        }

        @Override
        void first() {
            try {
                result = waiter.lock(A, Futexes.NEVER);
            } catch (InterruptedException e) {
                result = PiResult.CANCELLED;
            }
        }

        @Override
        void second() {
            interruptFirst();
            owner.unlock(A);
        }

        @Override
        void end() {
            assertEquals(result == PiResult.LOCKED ? 2 : 0, ownerInWord(), () -> "result " + result);
        }
    }

    @Test
    void closeOfADescriptorAgainstWake() {
        Scenario.holds(QUICK, () -> new CloseAgainstWake(true));
        Scenario.fails("a closed descriptor that keeps its wake", () -> new CloseAgainstWake(false));
    }

    /** A closed descriptor passes its wake on, and a waiter is queued behind it. The wake always reaches the waiter. */
    private static final class CloseAgainstWake extends Scenario {
        private final FutexFd fd;
        private final PreparedWait behind;
        private volatile int woken;

        CloseAgainstWake(boolean forward) {
            super(2);
            fd = FutexFd.open(table, memory, A, PRIVATE, new FutexFd.Options(0, (descriptor, signal) -> {}, forward));
            behind = table.prepare(memory, A, PRIVATE, 0);
        }

        @Override
        void first() {
            fd.close();
        }

        @Override
        void second() {
            woken = table.wake(memory, A, PRIVATE, 1);
        }

        @Override
        void end() {
            assertEquals(1, woken);
            assertEquals(WaitResult.WOKEN, behind.poll());
            assertEquals(0, table.waiterCount(memory, A, PRIVATE));
        }
    }
}
