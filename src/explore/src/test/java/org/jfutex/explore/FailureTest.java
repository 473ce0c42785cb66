package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.PiTask;
import org.jfutex.Scope;
import org.jfutex.sync.LockResult;
import org.jfutex.sync.PiMutex;
import org.junit.jupiter.api.Test;

/** Tests each kind of failure, and how it is reported. */
class FailureTest {

    private static Failure fails(Failure.Kind kind, Explorer explorer) {
        Failure failure = explorer.run().found();
        assertNotNull(failure);
        assertEquals(kind, failure.kind(), failure::toString);
        Failure again = explorer.replaying(failure.schedule()).run().found();
        assertNotNull(again, "the replay of " + failure.schedule());
        assertEquals(failure.toString(), again.toString());
        return failure;
    }

    @Test
    void lostUpdate_isAnExpectation() {
        Failure f = fails(
                Failure.Kind.EXPECTATION,
                Explorer.allSchedules()
                        .thread("A", g -> g.store(0, g.load(0) + 1))
                        .thread("B", g -> g.store(0, g.load(0) + 1))
                        .word("x", 0, 0)
                        .finallyExpect("both count", s -> s.load(0) == 2));
        assertEquals(1, f.preemptions());
        assertTrue(f.message().startsWith("both count"), f.message());
        assertEquals(4, f.steps().size(), f::toString);
        assertTrue(f.toString().contains("stores x = 1"), f::toString);
    }

    @Test
    void invariant_isCheckedAfterEveryStep() {
        Failure f = fails(
                Failure.Kind.INVARIANT,
                Explorer.allSchedules()
                        .thread("A", g -> {
                            g.store(0, 1);
                            g.store(0, 0);
                        })
                        .thread("B", g -> {
                            g.store(4, 1);
                            g.store(4, 0);
                        })
                        .invariant("one at a time", s -> s.load(0) + s.load(4) <= 1));
        assertEquals("ab", f.schedule());
    }

    @Test
    void sleepers_areADeadlock() {
        Failure f = fails(
                Failure.Kind.DEADLOCK,
                Explorer.allSchedules()
                        .thread("A", g -> g.await(0, 0))
                        .thread("B", g -> g.await(4, 0))
                        .word("x", 0, 0));
        assertTrue(f.message().contains("A sleeps for ever on x, which holds 0, B sleeps, too"), f.message());
    }

    @Test
    void sleeperOnAChangedWord_isALostWake() {
        Failure f = fails(
                Failure.Kind.LOST_WAKE, Mutex3.threads(Explorer.allSchedules().preemptions(2), 2, true));
        assertTrue(f.message().contains("sleeps for ever on lock, which held 2 and holds 0"), f.message());
        assertTrue(f.preemptions() <= 1, f::toString);
    }

    @Test
    void exceptionOfAGuest_isReported() {
        IllegalArgumentException thrown = new IllegalArgumentException("expected");
        GuestProgram program = g -> {
            if (g.load(0) == 1) {
                throw thrown;
            }
        };
        Failure f = fails(
                Failure.Kind.EXCEPTION,
                Explorer.allSchedules().thread("A", program).thread("B", g -> g.store(0, 1)));
        assertSame(thrown, f.cause());
        Failure machine = fails(Failure.Kind.EXCEPTION, Explorer.allSchedules().machine("M", () -> g -> {
            throw thrown;
        }));
        assertSame(thrown, machine.cause());
    }

    @Test
    void badAddress_isAnExceptionOfTheGuest() {
        fails(Failure.Kind.EXCEPTION, Explorer.allSchedules().thread("A", g -> g.load(1 << 20)));
        fails(Failure.Kind.EXCEPTION, Explorer.allSchedules().thread("A", g -> g.store(2, 1)));
        fails(Failure.Kind.EXCEPTION, Explorer.allSchedules().thread("A", g -> g.await(-4, 1)));
    }

    @Test
    void guestsThatNeverEnd_areALivelock() {
        GuestProgram polls = g -> {
            while (g.load(0) == 0) {
                g.pause();
            }
        };
        fails(
                Failure.Kind.LIVELOCK,
                Explorer.allSchedules()
                        .preemptions(0)
                        .maxSteps(200)
                        .thread("A", polls)
                        .thread("B", polls));
    }

    @Test
    void machinesThatRepeatThemselves_areALivelock() {
        Failure f = fails(
                Failure.Kind.LIVELOCK,
                Explorer.allSchedules().machine("A", Polite::new).machine("B", Polite::new));
        assertTrue(f.steps().size() < 20, f::toString);
    }

    /** Sets its own flag, and takes it back if the other one is set: both can do so for ever. */
    private static final class Polite implements StepMachine {
        private int next;

        @Override
        public boolean step(Guest g) {
            long mine = 4L * g.index();
            switch (next) {
                case 0 -> {
                    g.store(mine, 1);
                    next = 1;
                }
                case 1 -> next = g.load(4 - mine) == 0 ? 3 : 2;
                case 2 -> {
                    g.store(mine, 0);
                    next = 0;
                }
                default -> {
                    g.store(mine, 0);
                    return false;
                }
            }
            return true;
        }

        @Override
        public long state() {
            return next;
        }
    }

    @Test
    void guestThatPolls_letsTheOthersRun() {
        Explorer polling = Explorer.allSchedules()
                .preemptions(1)
                .thread("A", g -> {
                    while (g.load(0) == 0) {}
                })
                .thread("B", g -> g.store(0, 1));
        assertTrue(polling.check().complete());
        Explorer pausing = Explorer.allSchedules()
                .thread("A", g -> {
                    while (g.load(0) == 0) {
                        g.pause();
                    }
                })
                .thread("B", g -> {
                    while (g.load(4) == 0) {
                        g.pause();
                    }
                    g.store(0, 1);
                })
                .thread("C", g -> g.store(4, 1));
        assertTrue(pausing.check().complete());
    }

    @Test
    void wakeThatIsCountedButNotDelivered_violatesConservation() {
        Failure f = fails(
                Failure.Kind.CONSERVATION,
                Explorer.allSchedules().preemptions(0).machine("A", () -> g -> {
                    g.table().prepare(g.memory(), 0, Scope.PRIVATE, 0);
                    g.wake(0, 1); // wakes a waiter that is no guest
                    return false;
                }));
        assertTrue(f.message().contains("1 wakes were reported"), f.message());
    }

    @Test
    void deathOfAnOwner_isADeadlockOfTheOthers() {
        GuestProgram locks = g -> {
            Mutex3.lock(g);
            Mutex3.unlock(g);
        };
        Explorer e = Explorer.allSchedules().preemptions(1).faults(Fault.DEATH);
        Failure f = fails(Failure.Kind.DEADLOCK, e.thread("A", locks).thread("B", locks));
        assertTrue(f.schedule().contains("D"), f::toString);
        assertTrue(f.toString().contains(" dies"), f::toString);
    }

    @Test
    void deathOfATask_handsItsLockOver() {
        GuestProgram locks = g -> {
            PiMutex m = new PiMutex(g.table(), g.memory(), 0, Scope.PRIVATE);
            PiTask task = g.task().pi();
            if (m.lock(task) == LockResult.OWNER_DIED) {
                m.markConsistent(task);
                g.store(8, 1);
            }
            m.unlock(task);
        };
        Explorer e = Explorer.allSchedules().faults(Fault.DEATH).preemptions(1);
        fails(
                Failure.Kind.INVARIANT, // which shows that the death is told
                e.thread("A", locks).thread("B", locks).invariant("no owner dies", s -> s.load(8) == 0));
        Exploration all = e.thread("A", locks)
                .thread("B", locks)
                .finallyExpect("one dies at most", s -> !s.hasDied("A") || !s.hasDied("B"))
                .check();
        assertTrue(all.complete());
    }

    @Test
    void guestThatIsNotDeterministic_isReported() {
        AtomicInteger runs = new AtomicInteger();
        Explorer e = Explorer.allSchedules()
                .withoutReduction()
                .thread("A", g -> {
                    for (int i = runs.incrementAndGet() % 2; i >= 0; i--) {
                        g.load(0);
                    }
                })
                .thread("B", g -> g.load(0));
        assertThrows(IllegalStateException.class, e::run);
    }

    @Test
    void check_throwsWithTheSchedule() {
        Explorer e = Mutex3.threads(Explorer.allSchedules().preemptions(2), 3, true);
        ExplorationFailedError error = assertThrows(ExplorationFailedError.class, e::check);
        assertTrue(String.valueOf(error.getMessage())
                .contains("schedule " + error.failure().schedule()));
        assertNull(Mutex3.threads(Explorer.allSchedules().preemptions(2), 3, false)
                .check()
                .found());
    }
}
