package org.jfutex.explore;

import static org.jfutex.explore.Failure.Kind.DEADLOCK;
import static org.jfutex.explore.Failure.Kind.EXPECTATION;
import static org.jfutex.explore.Failure.Kind.INVARIANT;
import static org.jfutex.explore.Failure.Kind.LIVELOCK;
import static org.jfutex.explore.Failure.Kind.LOST_WAKE;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jfutex.Scope;
import org.jfutex.WaitResult;

/** Locks with bugs that real implementations have had, each beside its correct form. */
final class BrokenLocks {

    /**
     * A lock and a program that uses it.
     *
     * @param name a name
     * @param kinds how the broken form may fail
     * @param form returns the program with the broken form or the correct one
     */
    record Exhibit(String name, Set<Failure.Kind> kinds, Form form) {

        private static Exhibit of(String name, Failure.Kind kind, Form form) {
            return new Exhibit(name, EnumSet.of(kind), form);
        }

        private static Exhibit sleeps(String name, Form form) {
            return new Exhibit(name, EnumSet.of(LOST_WAKE, DEADLOCK), form);
        }
    }

    interface Form {
        Explorer of(Explorer explorer, boolean broken);
    }

    static final List<Exhibit> ALL = List.of(
            Exhibit.of("mutex 1 of Futexes Are Tricky", INVARIANT, BrokenLocks::countingMutex),
            Exhibit.sleeps("mutex 2 that forgets waiters", BrokenLocks::forgottenWaiters),
            Exhibit.sleeps("unlock that reads and then stores", BrokenLocks::unlockInTwoSteps),
            Exhibit.sleeps("unlock that wakes before it stores", BrokenLocks::wakeBeforeStore),
            Exhibit.sleeps("condition without a sequence number", BrokenLocks::conditionWithoutSequence),
            Exhibit.of("condition that is waited for once", INVARIANT, BrokenLocks::conditionWithoutLoop),
            Exhibit.sleeps("broadcast that moves waiters to a word of 1", BrokenLocks::requeueUnmarked),
            Exhibit.of("semaphore that loses its count on timeout", EXPECTATION, BrokenLocks::semaphoreTimeout),
            Exhibit.sleeps("waiter that gives up with a wake", BrokenLocks::wakeDropped),
            Exhibit.sleeps("barrier reused too early", BrokenLocks::barrierReused),
            Exhibit.sleeps("event count that checks once", BrokenLocks::eventCount),
            Exhibit.sleeps("event that flips a bit (ABA)", BrokenLocks::flippedEvent),
            Exhibit.sleeps("robust list without the pending slot", BrokenLocks::robustList),
            Exhibit.sleeps("robust lock on a private futex", BrokenLocks::robustPrivate),
            Exhibit.of("reader-writer lock that starves writers", LIVELOCK, BrokenLocks::starvedWriter),
            Exhibit.sleeps("latch that wakes one waiter", BrokenLocks::latchWakesOne),
            Exhibit.of("lazy value that is published early", EXPECTATION, BrokenLocks::publishedEarly));

    private static final long LOCK = 0;
    private static final long COUNT = 4;
    private static final long HOLDERS = 8;
    private static final long EVENT = 12;
    private static final long READY = 16;
    private static final long NEVER = Long.MAX_VALUE;

    private BrokenLocks() {}

    private static Explorer words(Explorer e) {
        return e.word("lock", LOCK, 0)
                .word("count", COUNT, 0)
                .word("holders", HOLDERS, 0)
                .word("event", EVENT, 0)
                .word("ready", READY, 0);
    }

    private static Explorer exclusive(Explorer e) {
        return words(e).invariant("at most one guest holds the lock", s -> s.load(HOLDERS) <= 1);
    }

    private static void section(Guest g) {
        g.add(HOLDERS, 1);
        g.add(HOLDERS, -1);
    }

    /**
     * Every locker adds 1, and the one that finds 0 has the lock. The count wraps after 2^32 attempts; the program
     * begins shortly before that. Lockers also keep each other awake, since each changes the word for which another is
     * about to sleep.
     */
    private static Explorer countingMutex(Explorer explorer, boolean broken) {
        Explorer e = exclusive(explorer);
        if (broken) {
            GuestProgram locks = g -> {
                for (int before = g.add(LOCK, 1); before != 0; before = g.add(LOCK, 1)) {
                    g.await(LOCK, before + 1);
                }
                section(g);
                unlockCounting(g);
            };
            return e.word("lock", LOCK, -1) // 2^32 - 2 attempts after A has locked
                    .word("holders", HOLDERS, 1)
                    .thread("A", g -> {
                        g.add(HOLDERS, -1);
                        unlockCounting(g);
                    })
                    .thread("B", locks)
                    .thread("C", locks);
        }
        return three(e, g -> {
            lock2(g);
            section(g);
            unlock2(g);
        });
    }

    private static void unlockCounting(Guest g) {
        g.store(LOCK, 0);
        g.wake(LOCK, 1);
    }

    private static Explorer three(Explorer e, GuestProgram program) {
        return e.thread("A", program).thread("B", program).thread("C", program);
    }

    private static void lock2(Guest g) {
        int c = g.compareAndExchange(LOCK, 0, 1);
        while (c != 0) {
            if (c == 2 || g.compareAndExchange(LOCK, 1, 2) != 0) {
                g.await(LOCK, 2);
            }
            c = g.compareAndExchange(LOCK, 0, 2);
        }
    }

    private static void unlock2(Guest g) {
        if (g.add(LOCK, -1) != 1) {
            g.store(LOCK, 0);
            g.wake(LOCK, 1);
        }
    }

    /** A woken locker stores 1, although others may still sleep. */
    private static Explorer forgottenWaiters(Explorer explorer, boolean broken) {
        return three(exclusive(explorer), g -> {
            if (broken) {
                while (!g.cas(LOCK, 0, 1)) {
                    if (g.load(LOCK) == 2 || g.cas(LOCK, 1, 2)) {
                        g.await(LOCK, 2);
                    }
                }
            } else {
                lock2(g);
            }
            section(g);
            unlock2(g);
        });
    }

    private static Explorer unlockInTwoSteps(Explorer explorer, boolean broken) {
        return Mutex3.threads(explorer, 2, broken);
    }

    /** A waiter that is woken before the lock is free falls asleep again. */
    private static Explorer wakeBeforeStore(Explorer explorer, boolean broken) {
        return exclusive(explorer)
                .thread("A", g -> lockAndUnlock(g, broken))
                .thread("B", g -> lockAndUnlock(g, broken));
    }

    private static void lockAndUnlock(Guest g, boolean broken) {
        Mutex3.lock(g);
        section(g);
        if (broken) {
            if (g.load(LOCK) == 2) {
                g.wake(LOCK, 1);
            }
            g.store(LOCK, 0);
        } else {
            Mutex3.unlock(g);
        }
    }

    /** A signal between the unlock and the sleep is lost unless it changes the word. */
    private static Explorer conditionWithoutSequence(Explorer explorer, boolean broken) {
        return words(explorer)
                .thread("consumer", g -> {
                    Mutex3.lock(g);
                    while (g.load(READY) == 0) {
                        int seen = broken ? 0 : g.load(EVENT);
                        Mutex3.unlock(g);
                        g.await(EVENT, seen);
                        Mutex3.lock(g);
                    }
                    Mutex3.unlock(g);
                })
                .thread("producer", g -> {
                    Mutex3.lock(g);
                    g.store(READY, 1);
                    Mutex3.unlock(g);
                    if (!broken) {
                        g.add(EVENT, 1);
                    }
                    g.wake(EVENT, 1);
                });
    }

    /** Another consumer can take what the signal was for. */
    private static Explorer conditionWithoutLoop(Explorer explorer, boolean broken) {
        GuestProgram consumer = g -> {
            Mutex3.lock(g);
            while (g.load(READY) == 0) {
                int seen = g.load(EVENT);
                Mutex3.unlock(g);
                g.await(EVENT, seen);
                Mutex3.lock(g);
                if (broken) {
                    break;
                }
            }
            g.add(READY, -1);
            Mutex3.unlock(g);
        };
        GuestProgram producer = g -> {
            for (int i = 0; i < 2; i++) {
                Mutex3.lock(g);
                g.add(READY, 1);
                Mutex3.unlock(g);
                g.add(EVENT, 1);
                g.wake(EVENT, 1);
            }
        };
        return words(explorer)
                .thread("A", consumer)
                .thread("B", consumer)
                .thread("producer", producer)
                .invariant("no more is taken than there is", s -> s.load(READY) >= 0);
    }

    /** Waiters are moved to a mutex that its owner will unlock without a wake. */
    private static Explorer requeueUnmarked(Explorer explorer, boolean broken) {
        GuestProgram waits = g -> {
            Mutex3.lock(g);
            while (g.load(READY) == 0) {
                int seen = g.load(EVENT);
                Mutex3.unlock(g);
                g.await(EVENT, seen);
                while (g.exchange(LOCK, 2) != 0) { // other waiters may have been moved to the mutex
                    g.await(LOCK, 2);
                }
            }
            Mutex3.unlock(g);
        };
        return words(explorer).thread("A", waits).thread("B", waits).thread("C", g -> {
            Mutex3.lock(g);
            g.store(READY, 1);
            int seen = g.add(EVENT, 1) + 1;
            if (!broken) {
                g.exchange(LOCK, 2);
            }
            g.requeue(EVENT, LOCK, 0, Integer.MAX_VALUE, seen);
            Mutex3.unlock(g);
        });
    }

    /** The count goes below 0 for each waiter, and a waiter that times out does not give its share back. */
    private static Explorer semaphoreTimeout(Explorer explorer, boolean broken) {
        GuestProgram acquires = g -> {
            if (broken ? acquireCounting(g) : acquire(g)) {
                g.add(HOLDERS, 1);
            }
        };
        return words(explorer)
                .faults(Fault.TIMEOUT)
                .thread("A", acquires)
                .thread("B", acquires)
                .thread("C", g -> {
                    if (broken) {
                        releaseCounting(g);
                    } else {
                        release(g);
                    }
                })
                .finallyExpect("the permit is taken or can be taken", s -> s.load(HOLDERS) + s.load(COUNT) == 1);
    }

    /** COUNT is the number of permits less that of waiters; EVENT counts the grants that no waiter has taken. */
    private static boolean acquireCounting(Guest g) {
        if (g.add(COUNT, -1) > 0) {
            return true;
        }
        while (true) {
            int grants = g.load(EVENT);
            if (grants > 0 && g.cas(EVENT, grants, grants - 1)) {
                return true;
            }
            if (grants == 0 && g.await(EVENT, 0, -1, 10) == WaitResult.TIMED_OUT) {
                return false;
            }
        }
    }

    private static void releaseCounting(Guest g) {
        if (g.add(COUNT, 1) < 0) {
            g.add(EVENT, 1);
            g.wake(EVENT, 1);
        }
    }

    /** COUNT is the number of permits, READY that of waiters. */
    private static boolean acquire(Guest g) {
        g.add(READY, 1);
        boolean acquired = false;
        boolean late = false;
        while (!acquired && !late) {
            int permits = g.load(COUNT);
            if (permits > 0) {
                acquired = g.cas(COUNT, permits, permits - 1);
            } else {
                late = g.await(COUNT, 0, -1, 10) == WaitResult.TIMED_OUT;
            }
        }
        g.add(READY, -1);
        return acquired;
    }

    private static void release(Guest g) {
        g.add(COUNT, 1);
        if (g.load(READY) > 0) {
            g.wake(COUNT, 1);
        }
    }

    /** A waiter that is woken at its deadline returns without the lock, and keeps the wake from the next waiter. */
    private static Explorer wakeDropped(Explorer explorer, boolean broken) {
        return exclusive(explorer)
                .faults(Fault.TIMEOUT)
                .thread("A", g -> {
                    Mutex3.lock(g);
                    section(g);
                    Mutex3.unlock(g);
                })
                .thread("B", g -> {
                    Mutex3.lock(g);
                    section(g);
                    Mutex3.unlock(g);
                })
                .thread("timed", g -> {
                    boolean locked = g.cas(LOCK, 0, 1) || g.exchange(LOCK, 2) == 0;
                    if (!locked) {
                        WaitResult end = g.await(LOCK, 2, -1, 10);
                        // The time is over in any case; the correct form tries once more.
                        locked = !broken && end != WaitResult.TIMED_OUT && g.exchange(LOCK, 2) == 0;
                    }
                    if (locked) {
                        section(g);
                        Mutex3.unlock(g);
                    }
                });
    }

    /** The last arrival resets the count, and a guest of the next round changes it before the others have read it. */
    private static Explorer barrierReused(Explorer explorer, boolean broken) {
        GuestProgram twice = g -> {
            arrive(g, broken);
            arrive(g, broken);
        };
        return words(explorer).thread("A", twice).thread("B", twice);
    }

    private static void arrive(Guest g, boolean broken) {
        int round = broken ? 0 : g.load(EVENT);
        if (g.add(COUNT, 1) == 1) {
            g.store(COUNT, 0);
            if (!broken) {
                g.add(EVENT, 1);
            }
            g.wake(broken ? COUNT : EVENT, Integer.MAX_VALUE);
        } else if (broken) {
            for (int n = g.load(COUNT); n != 0; n = g.load(COUNT)) {
                g.await(COUNT, n);
            }
        } else {
            while (g.load(EVENT) == round) {
                g.await(EVENT, round);
            }
        }
    }

    /** The count of events is read after the check, so that an event between both is missed. */
    private static Explorer eventCount(Explorer explorer, boolean broken) {
        return words(explorer)
                .thread("consumer", g -> {
                    while (true) {
                        int early = broken ? 0 : g.load(EVENT);
                        if (g.load(READY) != 0) {
                            return;
                        }
                        g.await(EVENT, broken ? g.load(EVENT) : early);
                    }
                })
                .thread("producer", g -> {
                    g.store(READY, 1);
                    g.add(EVENT, 1);
                    g.wake(EVENT, Integer.MAX_VALUE);
                });
    }

    /** Two events return the bit to the value that the sleeper has seen before. */
    private static Explorer flippedEvent(Explorer explorer, boolean broken) {
        return words(explorer)
                .thread("consumer", g -> {
                    while (true) {
                        int seen = g.load(EVENT);
                        if (g.load(READY) == 2) {
                            return;
                        }
                        g.await(EVENT, seen);
                    }
                })
                .thread("producer", g -> {
                    for (int i = 1; i <= 2; i++) {
                        g.add(READY, 1);
                        int before = g.load(EVENT);
                        g.store(EVENT, broken ? 1 - before : before + 1);
                        g.wake(EVENT, 1);
                    }
                });
    }

    private static final long HEAD = 32; // of the robust list of guest i at HEAD + 16 i: next, offset, pending
    private static final long ENTRY = 96; // of guest i at ENTRY + 4 i; the lock lies before it

    /** A guest that dies between its lock and its list entry leaves the lock to no other guest. */
    private static Explorer robustList(Explorer explorer, boolean broken) {
        return robust(explorer.scope(Scope.SHARED), broken);
    }

    /** A kernel wakes the waiters of a dead owner by a shared operation, which does not find private waiters. */
    private static Explorer robustPrivate(Explorer explorer, boolean broken) {
        return robust(explorer.scope(broken ? Scope.PRIVATE : Scope.SHARED), false);
    }

    private static Explorer robust(Explorer explorer, boolean broken) {
        Explorer e = words(explorer).faults(Fault.DEATH);
        GuestProgram locks = g -> {
            long head = HEAD + 16 * g.index();
            g.store(head, (int) head);
            g.store(head + 4, (int) (LOCK - ENTRY));
            g.setRobustList(head);
            robustLock(g, head, broken);
            robustUnlock(g, head, broken);
        };
        return e.thread("A", locks).thread("B", locks);
    }

    private static final int WAITERS = 1 << 31;
    private static final int TID = (1 << 30) - 1;

    private static void robustLock(Guest g, long head, boolean broken) {
        if (!broken) {
            g.store(head + 8, (int) ENTRY);
        }
        while (true) {
            int word = g.load(LOCK);
            if ((word & TID) == 0) {
                if (g.cas(LOCK, word, word & WAITERS | g.index() + 1)) {
                    break;
                }
            } else if (word < 0 || g.cas(LOCK, word, word | WAITERS)) {
                g.await(LOCK, word | WAITERS);
            }
        }
        g.store(ENTRY, (int) head); // the only entry of the owner
        g.store(head, (int) ENTRY);
        if (!broken) {
            g.store(head + 8, 0);
        }
    }

    private static void robustUnlock(Guest g, long head, boolean broken) {
        if (!broken) {
            g.store(head + 8, (int) ENTRY);
        }
        g.store(head, (int) head);
        if (g.exchange(LOCK, 0) < 0) {
            g.wake(LOCK, Integer.MAX_VALUE);
        }
        if (!broken) {
            g.store(head + 8, 0);
        }
    }

    /** Two readers keep the lock in turn, so that the writer never finds it free. */
    private static Explorer starvedWriter(Explorer explorer, boolean broken) {
        return words(explorer)
                .machine("reader 1", () -> new Reader(broken))
                .machine("reader 2", () -> new Reader(broken))
                .machine("writer", Writer::new);
    }

    /** Reads again and again until the writer has been there. COUNT has the number of readers, READY the writer. */
    private static final class Reader implements StepMachine {
        private final boolean broken;
        private int next;

        Reader(boolean broken) {
            this.broken = broken;
        }

        @Override
        public boolean step(Guest g) {
            switch (next) {
                case 0 -> next = broken || g.load(READY) == 0 ? 1 : 4; // the correct one lets a writer go first
                case 1 -> {
                    g.add(COUNT, 1);
                    next = 2;
                }
                case 2 -> {
                    if (g.add(COUNT, -1) == 1) {
                        g.wake(COUNT, 1);
                    }
                    next = 3;
                }
                case 3 -> {
                    next = 0;
                    return g.load(EVENT) == 0;
                }
                default -> {
                    next = 0;
                    g.beginAwait(READY, 1, -1, NEVER);
                }
            }
            return true;
        }

        @Override
        public long state() {
            return next;
        }
    }

    private static final class Writer implements StepMachine {
        private int next;
        private int seen;

        @Override
        public boolean step(Guest g) {
            switch (next) {
                case 0 -> {
                    g.store(READY, 1);
                    next = 1;
                }
                case 1 -> {
                    seen = g.load(COUNT);
                    next = seen == 0 ? 3 : 2;
                }
                case 2 -> {
                    g.beginAwait(COUNT, seen, -1, NEVER);
                    next = 1;
                }
                default -> {
                    g.store(EVENT, 1);
                    g.store(READY, 0);
                    g.wake(READY, Integer.MAX_VALUE);
                    return false;
                }
            }
            return true;
        }

        @Override
        public long state() {
            return next * 4L + seen;
        }
    }

    /** The last arrival wakes one of several waiters. */
    private static Explorer latchWakesOne(Explorer explorer, boolean broken) {
        GuestProgram waits = g -> {
            for (int n = g.load(COUNT); n != 0; n = g.load(COUNT)) {
                g.await(COUNT, n);
            }
        };
        return words(explorer)
                .word("count", COUNT, 1)
                .thread("A", waits)
                .thread("B", waits)
                .thread("C", g -> {
                    g.add(COUNT, -1);
                    g.wake(COUNT, broken ? 1 : Integer.MAX_VALUE);
                });
    }

    /** The guest that creates a value says so before it has stored it. */
    private static Explorer publishedEarly(Explorer explorer, boolean broken) {
        GuestProgram uses = g -> {
            int state = g.compareAndExchange(EVENT, 0, 1);
            if (state == 0) {
                if (broken) {
                    g.store(EVENT, 2);
                }
                g.store(READY, 42);
                if (!broken) {
                    g.store(EVENT, 2);
                }
                g.wake(EVENT, Integer.MAX_VALUE);
            }
            while (g.load(EVENT) == 1) {
                g.await(EVENT, 1);
            }
            g.add(COUNT, g.load(READY));
        };
        return words(explorer)
                .thread("A", uses)
                .thread("B", uses)
                .finallyExpect("both have read 42", s -> s.load(COUNT) == 84);
    }
}
