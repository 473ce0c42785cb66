package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Finds the bugs that are planted in {@link WordFutex} and {@link WordPiLock}. Each scenario passes without a bug, and
 * every bug is found by one. All 18 are guests whose whole state lies in words.
 */
class PlantedBugsTest {

    private static final int PREEMPTIONS = Boolean.getBoolean("jfutex.explore.deep") ? 4 : 2;
    private static final long A = WordFutex.A;
    private static final long B = WordFutex.B;

    /** The number of waits that ended as woken, and the sum of what wakes have returned. */
    private static final long WOKEN = 8;

    private static final long WAKES = 12;
    private static final long STEP = 16;
    private static final long BAD = 20;
    private static final long RESULT = 24;
    private static final long WORD_THEN = 28;

    private static final Set<WordFutex.Bug> FUTEX_BUGS = EnumSet.noneOf(WordFutex.Bug.class);
    private static final Set<WordPiLock.Bug> PI_BUGS = EnumSet.noneOf(WordPiLock.Bug.class);

    @AfterAll
    static void everyBug_isFoundByAScenario() {
        if (!FUTEX_BUGS.isEmpty() && !PI_BUGS.isEmpty()) { // unless one test runs alone
            assertTrue(FUTEX_BUGS.size() >= 11, FUTEX_BUGS::toString);
            assertTrue(PI_BUGS.size() >= 7, PI_BUGS::toString);
        }
    }

    private static Explorer explorer() {
        return Explorer.allSchedules()
                .preemptions(PREEMPTIONS)
                .word("A", A, 0)
                .word("B", B, 0)
                .word("woken", WOKEN, 0)
                .word("wakes", WAKES, 0)
                .word("bad", BAD, 0)
                .finallyExpect("each wake has woken a waiter", s -> s.load(WOKEN) == s.load(WAKES))
                .invariant("nothing happens too early", s -> s.load(BAD) == 0);
    }

    private static <T extends Enum<T>> void holds(Function<T, Explorer> scenario, Set<T> found, T none, List<T> bugs) {
        Exploration sound = scenario.apply(none).check();
        assertTrue(sound.complete(), sound::toString);
        for (T bug : bugs) {
            long begin = System.nanoTime();
            Exploration broken = scenario.apply(bug).run();
            Failure failure = broken.found();
            assertNotNull(failure, () -> bug + " is not found: " + broken);
            found.add(bug);
            System.out.printf(
                    "%-26s found in run %6d, %7.1f ms, %d preemptions, %s; without a bug %d runs%n",
                    bug,
                    broken.runs(),
                    (System.nanoTime() - begin) / 1e6,
                    failure.preemptions(),
                    failure.kind(),
                    sound.runs());
        }
    }

    private static void futex(Function<WordFutex.Bug, Explorer> scenario, WordFutex.Bug... bugs) {
        holds(scenario, FUTEX_BUGS, WordFutex.Bug.NONE, List.of(bugs));
    }

    private static void await(Guest g, WordFutex.Bug bug, long nanos, long... addresses) {
        WordFutex f = new WordFutex(bug, g);
        f.prepare(addresses);
        if (f.await(nanos) == WordFutex.WOKEN) {
            g.add(WOKEN, 1);
        }
    }

    private static int wake(Guest g, WordFutex.Bug bug, long address) {
        int n = new WordFutex(bug, g).wake(address, 1);
        g.add(WAKES, n);
        return n;
    }

    @Test
    void waitAgainstStoreAndWake() {
        futex(
                bug -> explorer()
                        .faults(Fault.SPURIOUS_WAKE)
                        .thread("waiter", g -> {
                            await(g, bug, Long.MAX_VALUE, A);
                            g.store(BAD, 1 - g.load(A)); // no wake comes before the store
                        })
                        .thread("waker", g -> {
                            g.store(A, 1);
                            wake(g, bug, A);
                        }),
                WordFutex.Bug.COMPARES_BEFORE_THE_LOCK,
                WordFutex.Bug.COUNTS_AFTER_COMPARING,
                WordFutex.Bug.BELIEVES_PARK,
                WordFutex.Bug.SLEEPER_UNKNOWN);
    }

    @Test
    void requeueAgainstWake() {
        futex(
                bug -> explorer()
                        .thread("waiter", g -> await(g, bug, Long.MAX_VALUE, A))
                        .thread("requeuer", g -> new WordFutex(bug, g).requeue(A, B))
                        .thread("waker", g -> {
                            g.store(A, 1); // from here on the requeue moves no waiter
                            if (wake(g, bug, B) == 0) {
                                wake(g, bug, A);
                            }
                        }),
                WordFutex.Bug.TARGET_NOT_COUNTED,
                WordFutex.Bug.MOVES_IN_TWO_STEPS);
    }

    @Test
    void timeoutAgainstRequeue() {
        futex(
                bug -> explorer()
                        .faults(Fault.TIMEOUT)
                        .thread("waiter", g -> await(g, bug, 10, A))
                        .thread("requeuer", g -> {
                            new WordFutex(bug, g).requeue(A, B);
                            wake(g, bug, B);
                        }),
                WordFutex.Bug.NO_SECOND_CHECK);
    }

    @Test
    void timeoutAgainstWake() {
        futex(
                bug -> explorer()
                        .faults(Fault.TIMEOUT)
                        .thread("waiter", g -> await(g, bug, 10, A))
                        .thread("waker", g -> wake(g, bug, A)),
                WordFutex.Bug.GIVES_UP_ANYWAY);
    }

    private static void awaitStep(Guest g, int step) {
        while (g.load(STEP) < step) {
            g.pause();
        }
    }

    private static void queueAsStep(Guest g, WordFutex.Bug bug, int step) {
        awaitStep(g, step);
        WordFutex f = new WordFutex(bug, g);
        f.prepare(A);
        g.store(STEP, step + 1);
        if (f.await(Long.MAX_VALUE) == WordFutex.WOKEN) {
            g.add(WOKEN, 1);
        }
    }

    @Test
    void lateArrival_takesNoWake() {
        futex(
                bug -> explorer()
                        .preemptions(1)
                        .thread("waiter", g -> queueAsStep(g, bug, 0))
                        .thread("waker", g -> {
                            awaitStep(g, 1);
                            wake(g, bug, A);
                            WordFutex late = new WordFutex(bug, g);
                            late.prepare(A);
                            if (late.poll() == WordFutex.WOKEN) {
                                g.store(BAD, 1);
                            }
                            late.leave(WordFutex.TIMED_OUT);
                        }),
                WordFutex.Bug.WAKE_LEAVES_A_PERMIT);
    }

    @Test
    void firstWaiter_isWokenFirst() {
        futex(
                bug -> explorer()
                        .preemptions(0)
                        .thread("first", g -> {
                            queueAsStep(g, bug, 0);
                            g.store(RESULT, 1);
                        })
                        .thread("second", g -> {
                            queueAsStep(g, bug, 1);
                            g.store(BAD, 1 - g.load(RESULT));
                        })
                        .thread("waker", g -> {
                            awaitStep(g, 2);
                            wake(g, bug, A);
                            while (g.load(WOKEN) == 0) {
                                g.pause();
                            }
                            while (bug == WordFutex.Bug.NONE && g.load(RESULT) == 0) {
                                g.pause();
                            }
                            wake(g, bug, A);
                        }),
                WordFutex.Bug.LAST_IN_FIRST_OUT);
    }

    @Test
    void waitOnTwoWords_leavesBoth() {
        futex(
                bug -> explorer()
                        .thread("waiter", g -> {
                            await(g, bug, Long.MAX_VALUE, A, B);
                            g.store(STEP, 1);
                        })
                        .thread("waker", g -> {
                            g.store(A, 1);
                            wake(g, bug, A);
                            awaitStep(g, 1);
                            wake(g, bug, B);
                        }),
                WordFutex.Bug.FORGETS_THE_OTHER_WORD);
    }

    // ---- locks with owners

    private static void pi(Function<WordPiLock.Bug, Explorer> scenario, WordPiLock.Bug... bugs) {
        holds(scenario, PI_BUGS, WordPiLock.Bug.NONE, List.of(bugs));
    }

    /** The owner is the first guest, and holds the lock. The second one locks. */
    private static Explorer owned(WordPiLock.Bug bug, GuestProgram owner, long nanos) {
        return Explorer.allSchedules()
                .preemptions(PREEMPTIONS)
                .word("word", WordPiLock.WORD, 1)
                .word("result", RESULT, 0)
                .word("word then", WORD_THEN, 0)
                .thread("owner", owner)
                .thread("waiter", g -> {
                    int result = new WordPiLock(bug, g).lock(nanos);
                    g.store(WORD_THEN, g.load(WordPiLock.WORD));
                    g.store(RESULT, result);
                });
    }

    private static int owner(int word) {
        return word & WordPiLock.TID_MASK;
    }

    private static boolean locked(GuestState s) {
        return s.load(RESULT) == WordPiLock.LOCKED
                && owner(s.load(WORD_THEN)) == 2
                && owner(s.load(WordPiLock.WORD)) == 2;
    }

    @Test
    void lockAgainstUnlock() {
        pi(
                bug -> owned(
                                bug,
                                g -> {
                                    if (!g.cas(WordPiLock.WORD, 1, 0)) {
                                        new WordPiLock(bug, g).unlock();
                                    }
                                },
                                Long.MAX_VALUE)
                        .finallyExpect("the waiter has the lock", PlantedBugsTest::locked),
                WordPiLock.Bug.WAITERS_NOT_SET,
                WordPiLock.Bug.NOTIFIES_BEFORE_WRITING);
    }

    @Test
    void lockAgainstUnlockByACall() {
        pi(
                bug -> owned(bug, g -> new WordPiLock(bug, g).unlock(), Long.MAX_VALUE)
                        .finallyExpect("the waiter has the lock", PlantedBugsTest::locked),
                WordPiLock.Bug.UNLOCKS_IN_TWO_STEPS);
    }

    @Test
    void handOverAgainstTimeout() {
        pi(
                bug -> owned(bug, g -> new WordPiLock(bug, g).unlock(), 10)
                        .faults(Fault.TIMEOUT)
                        .finallyExpect(
                                "the waiter has the lock, or it is free",
                                s -> locked(s) || owner(s.load(WordPiLock.WORD)) == 0),
                WordPiLock.Bug.GIVES_UP_ANYWAY);
    }

    @Test
    void ownerDeathAgainstLock() {
        pi(
                bug -> owned(bug, g -> new WordPiLock(bug, g).exit(), Long.MAX_VALUE)
                        .finallyExpect(
                                "the waiter has the lock and knows of the death, or it found no owner",
                                s -> s.load(RESULT) == WordPiLock.NO_OWNER
                                        || (locked(s) && (s.load(WORD_THEN) & WordPiLock.OWNER_DIED) != 0)),
                WordPiLock.Bug.JOINS_THE_DEAD,
                WordPiLock.Bug.DIES_WITHOUT_HAND_OFF,
                WordPiLock.Bug.DIES_UNMARKED);
    }
}
