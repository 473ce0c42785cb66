package org.jfutex.model;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jfutex.Deadline;
import org.jfutex.FutexFd;
import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.PreparedWait;
import org.jfutex.Timeline;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Locks with owners and descriptors, and what may happen to them at once. */
@Tag("model")
class OwnerScenarioTest {

    private static final int QUICK = 30;
    private static final int TID_MASK = 0x3fff_ffff;

    /** A lock that the first task owns and the second waits for. */
    private abstract static class Owned extends Scenario {
        final PiTask owner = new PiTask(table, 1, memory);
        final PiTask waiter = new PiTask(table, 2, memory);
        volatile @Nullable PiResult result;

        Owned(int threads) {
            super(threads);
            assertEquals(PiResult.LOCKED, owner.tryLock(A, PRIVATE));
        }

        @Override
        PiTask task(int tid) {
            return tid == 1 ? owner : waiter;
        }

        @Override
        void first() throws Exception {
            result = waiter.lock(A, PRIVATE, Deadline.at(Timeline.MONOTONIC, 1));
        }

        final int ownerInWord() {
            return memory.load(A) & TID_MASK;
        }
    }

    @Test
    void handOverAgainstTimeout() {
        Scenario.holds(QUICK, () -> new HandOverAgainstTimeout());
    }

    private static final class HandOverAgainstTimeout extends Owned {
        HandOverAgainstTimeout() {
            super(3);
        }

        @Override
        void second() {
            assertEquals(PiResult.UNLOCKED, owner.unlock(A, PRIVATE));
        }

        @Override
        void third() {
            clock.advance(1);
        }

        @Override
        void end() {
            if (result == PiResult.LOCKED) {
                assertEquals(2, ownerInWord());
                assertEquals(PiResult.UNLOCKED, waiter.unlock(A, PRIVATE));
            } else {
                assertEquals(PiResult.TIMED_OUT, result);
            }
            assertEquals(PiResult.LOCKED, owner.tryLock(A, PRIVATE), "the lock is lost");
        }
    }

    @Test
    void ownerDeathAgainstTimeout() {
        Scenario.holds(QUICK, () -> new OwnerDeath());
    }

    private static final class OwnerDeath extends Owned {
        OwnerDeath() {
            super(3);
        }

        @Override
        void second() {
            owner.exit();
        }

        @Override
        void third() {
            clock.advance(1);
        }

        @Override
        void end() {
            if (result == PiResult.LOCKED) {
                assertEquals(2, ownerInWord());
            } else {
                // timed out while it lived, or came too late: then the word still names the dead
                assertTrue(result == PiResult.TIMED_OUT || result == PiResult.NO_OWNER, () -> "result " + result);
                assertEquals(1, ownerInWord());
            }
        }
    }

    @Test
    void interruptAgainstHandOver() {
        Scenario.holds(QUICK, () -> new InterruptAgainstHandOver());
        Scenario.fails("an owner that forgets its waiter", () -> new ForgetfulOwner());
    }

    private static final class ForgetfulOwner extends Owned {
        ForgetfulOwner() {
            super(2);
        }

        @Override
        void first() throws Exception {
            result = waiter.lock(A, PRIVATE, Deadline.NEVER);
        }

        @Override
        void second() {
            memory.compareAndExchange(A, 1, 0);
            memory.compareAndExchange(A, 1 | 0x8000_0000, 0); // as if nobody waited
        }
    }

    private static final class InterruptAgainstHandOver extends Owned {
        InterruptAgainstHandOver() {
            super(2);
        }

        @Override
        void first() {
            try {
                result = waiter.lock(A, PRIVATE, Deadline.NEVER);
            } catch (InterruptedException e) {
                result = PiResult.CANCELLED;
            }
        }

        @Override
        void second() {
            interruptFirst();
            owner.unlock(A, PRIVATE);
        }

        @Override
        void end() {
            assertEquals(result == PiResult.LOCKED ? 2 : 0, ownerInWord(), () -> "result " + result);
        }
    }

    @Test
    void closeOfADescriptorAgainstWake() {
        Scenario.holds(QUICK, () -> new CloseAgainstWake(true));
        Scenario.fails("a descriptor that keeps what it has no use for", () -> new CloseAgainstWake(false));
    }

    /** A descriptor that passes on what it has no use for, and a waiter behind it: the wake reaches the waiter in any case. */
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
            assertEquals(0, table.waiters(memory, A, PRIVATE));
        }
    }
}
