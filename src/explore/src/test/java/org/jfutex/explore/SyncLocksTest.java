package org.jfutex.explore;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import org.jfutex.PiTask;
import org.jfutex.Scope;
import org.jfutex.sync.AwaitResult;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexCondition;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexOnce;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.jfutex.sync.LockResult;
import org.jfutex.sync.PiCondition;
import org.jfutex.sync.PiMutex;
import org.junit.jupiter.api.Test;

/**
 * Explores the locks of {@code org.jfutex.sync}: three guests, at most three preemptions, and at most one timeout,
 * interrupt or stray wake; two preemptions for the conditions. The locks with owners are explored with a death, too.
 * Before JDK 21, where guests run on platform threads, there is one preemption less. With {@code
 * -Djfutex.explore.deep=true} the conditions have three preemptions, and all have at most two faults.
 *
 * <p>Each test prints how much was explored, in the order of the table of the page "Test your lock".
 */
class SyncLocksTest {

    private static final boolean DEEP = Boolean.getBoolean("jfutex.explore.deep");
    private static final boolean FAST = Runtime.version().feature() >= 21;
    private static final int PREEMPTIONS = Integer.getInteger("jfutex.explore.preemptions", DEEP || FAST ? 3 : 2);
    private static final int FAULTS = Integer.getInteger("jfutex.explore.faults", DEEP ? 2 : 1);

    private static final long LOCK = 0; // two words for a PiMutex
    private static final long CONDITION = 8;
    private static final long HOLDERS = 12; // a writer counts as 16
    private static final long DONE = 16;
    private static final long READY = 20;

    private static Explorer explorer(Fault... faults) {
        return Explorer.allSchedules()
                .faults(faults)
                .maxFaults(FAULTS)
                .word("lock", LOCK, 0)
                .word("condition", CONDITION, 0)
                .word("holders", HOLDERS, 0)
                .word("done", DONE, 0);
    }

    private static Explorer timed() {
        return explorer(Fault.TIMEOUT, Fault.SIGNAL, Fault.SPURIOUS_WAKE);
    }

    private static Explorer mortal() {
        return explorer(Fault.TIMEOUT, Fault.SIGNAL, Fault.DEATH);
    }

    private static void check(String name, Explorer explorer) {
        check(name, explorer, PREEMPTIONS);
    }

    /** Checks a program whose schedules are many times longer. */
    private static void checkCondition(String name, Explorer explorer) {
        check(name, explorer, DEEP ? PREEMPTIONS : PREEMPTIONS - 1);
    }

    private static void check(String name, Explorer explorer, int preemptions) {
        long begin = System.nanoTime();
        Exploration result = explorer.preemptions(preemptions).check();
        assertTrue(result.complete(), result::toString);
        System.out.printf(
                "%-36s %d preemptions, %d faults: %9d runs, %8d states, %10d steps, %6.2f s%n",
                name,
                preemptions,
                FAULTS,
                result.runs(),
                result.states(),
                result.steps(),
                (System.nanoTime() - begin) / 1e9);
    }

    /** Holds a lock that only one guest may hold. */
    private static void section(Guest g) {
        g.add(HOLDERS, 1);
        g.add(HOLDERS, -1);
    }

    private static Explorer exclusive(Explorer explorer) {
        return explorer.invariant("at most one guest holds the lock", s -> s.load(HOLDERS) <= 1)
                .finallyExpect("no guest holds the lock", s -> s.load(HOLDERS) == 0);
    }

    // ---- mutex

    private static FutexMutex mutex(Guest g, boolean checked) {
        return checked
                ? FutexMutex.checked(g.table(), g.memory(), LOCK, Scope.PRIVATE)
                : new FutexMutex(g.table(), g.memory(), LOCK, Scope.PRIVATE);
    }

    private static void lock(Guest g, Lock lock) {
        lock.lock();
        section(g);
        lock.unlock();
    }

    private static void lockFor(Guest g, Lock lock) throws InterruptedException {
        if (lock.tryLock(10, NANOSECONDS)) {
            section(g);
            lock.unlock();
        }
    }

    private static void lockInterruptibly(Guest g, Lock lock) throws InterruptedException {
        lock.lockInterruptibly();
        section(g);
        lock.unlock();
    }

    /** A program that a signal may end early. */
    private static GuestProgram interruptible(GuestProgram program) {
        return g -> {
            try {
                program.run(g);
            } catch (InterruptedException e) {
                g.note("is interrupted");
            }
        };
    }

    private static void checkMutex(String name, boolean checked) {
        Explorer e = exclusive(timed())
                .thread("A", g -> lock(g, mutex(g, checked)))
                .thread("B", interruptible(g -> lockFor(g, mutex(g, checked))))
                .thread("C", interruptible(g -> lockInterruptibly(g, mutex(g, checked))));
        check(name, e.finallyExpect("the lock is free", s -> s.load(LOCK) == 0));
    }

    @Test
    void mutex() {
        checkMutex("FutexMutex", false);
    }

    @Test
    void mutexShared() {
        Explorer e = exclusive(timed());
        for (String name : new String[] {"A", "B", "C"}) {
            e = e.thread(
                    name,
                    interruptible(
                            g -> lockInterruptibly(g, new FutexMutex(g.table(), g.memory(), LOCK, Scope.SHARED))));
        }
        check("FutexMutex, shared", e.finallyExpect("the lock is free", s -> s.load(LOCK) == 0));
    }

    // ---- condition

    private static void awaitReady(Guest g, boolean timed) throws InterruptedException {
        FutexMutex m = mutex(g, false);
        FutexCondition c = m.newCondition(CONDITION);
        m.lock();
        try {
            g.add(HOLDERS, 1);
            boolean inTime = true;
            while (g.load(READY) == 0 && inTime) {
                g.add(HOLDERS, -1);
                try {
                    if (timed) {
                        inTime = c.await(10, NANOSECONDS);
                    } else {
                        c.await();
                    }
                } finally {
                    g.add(HOLDERS, 1);
                }
            }
            if (g.load(READY) > 0) {
                g.add(READY, -1);
                g.add(DONE, 1);
            }
        } finally {
            g.add(HOLDERS, -1);
            m.unlock();
        }
    }

    private static void makeReady(Guest g, int count, boolean all) {
        FutexMutex m = mutex(g, false);
        m.lock();
        g.add(READY, count);
        if (all) {
            m.newCondition(CONDITION).signalAll();
        } else {
            m.newCondition(CONDITION).signal();
        }
        m.unlock();
    }

    private static Explorer awaiting(boolean timed) {
        return exclusive(timed())
                .thread("A", interruptible(g -> awaitReady(g, timed)))
                .thread("B", interruptible(g -> awaitReady(g, false)))
                .finallyExpect("the mutex is free", s -> s.load(LOCK) == 0);
    }

    @Test
    void conditionSignal() {
        Explorer e = awaiting(false).thread("C", g -> {
            makeReady(g, 1, false);
            makeReady(g, 1, false);
        });
        checkCondition("FutexCondition, signal twice", e);
    }

    @Test
    void conditionSignalAll() {
        checkCondition("FutexCondition, signalAll", awaiting(true).thread("C", g -> makeReady(g, 2, true)));
    }

    // ---- the others without owners

    @Test
    void readWriteLock() {
        Explorer e = timed().invariant("a writer is alone", s -> s.load(HOLDERS) < 16 || s.load(HOLDERS) == 16)
                .finallyExpect("no guest holds the lock", s -> s.load(HOLDERS) == 0 && isFree(s))
                .thread("reader", interruptible(g -> {
                    Lock lock = readWriteLock(g).readLock();
                    lock.lockInterruptibly();
                    g.add(HOLDERS, 1);
                    g.add(HOLDERS, -1);
                    lock.unlock();
                }))
                .thread("timed reader", interruptible(g -> {
                    Lock lock = readWriteLock(g).readLock();
                    if (lock.tryLock(10, NANOSECONDS)) {
                        g.add(HOLDERS, 1);
                        g.add(HOLDERS, -1);
                        lock.unlock();
                    }
                }))
                .thread("writer", g -> write(g, readWriteLock(g).writeLock()));
        check("FutexReadWriteLock, 2 readers", e);
    }

    @Test
    void readWriteLockTwoWriters() {
        Explorer e = timed().invariant("a writer is alone", s -> s.load(HOLDERS) < 16 || s.load(HOLDERS) == 16)
                .finallyExpect("no guest holds the lock", s -> s.load(HOLDERS) == 0 && isFree(s))
                .thread("reader", g -> {
                    Lock lock = readWriteLock(g).readLock();
                    lock.lock();
                    g.add(HOLDERS, 1);
                    g.add(HOLDERS, -1);
                    lock.unlock();
                })
                .thread("timed writer", interruptible(g -> {
                    Lock lock = readWriteLock(g).writeLock();
                    if (lock.tryLock(10, NANOSECONDS)) {
                        g.add(HOLDERS, 16);
                        g.add(HOLDERS, -16);
                        lock.unlock();
                    }
                }))
                .thread("writer", g -> write(g, readWriteLock(g).writeLock()));
        check("FutexReadWriteLock, 2 writers", e);
    }

    /** Bit 30 of the word is a preference, which a free lock may keep. */
    private static boolean isFree(GuestState s) {
        return (s.load(LOCK) & ~(1 << 30)) == 0;
    }

    private static void write(Guest g, Lock lock) {
        lock.lock();
        g.add(HOLDERS, 16);
        g.add(HOLDERS, -16);
        lock.unlock();
    }

    private static FutexReadWriteLock readWriteLock(Guest g) {
        return new FutexReadWriteLock(g.table(), g.memory(), LOCK, Scope.PRIVATE);
    }

    private static FutexSemaphore semaphore(Guest g) {
        return new FutexSemaphore(g.table(), g.memory(), LOCK, Scope.PRIVATE);
    }

    @Test
    void semaphoreAsLock() {
        Explorer e = exclusive(timed())
                .word("lock", LOCK, 1)
                .thread("A", g -> {
                    semaphore(g).acquireUninterruptibly();
                    section(g);
                    semaphore(g).release();
                })
                .thread("B", interruptible(g -> {
                    if (semaphore(g).tryAcquire(10, NANOSECONDS)) {
                        section(g);
                        semaphore(g).release();
                    }
                }))
                .thread("C", interruptible(g -> {
                    semaphore(g).acquire();
                    section(g);
                    semaphore(g).release();
                }))
                .finallyExpect("there is one permit", s -> permits(s) == 1);
        check("FutexSemaphore, as a lock", e);
    }

    private static int permits(GuestState s) {
        return s.load(LOCK) < 0 ? ~s.load(LOCK) : s.load(LOCK);
    }

    @Test
    void semaphoreOfSeveralPermits() {
        Explorer e = timed().thread("A", interruptible(g -> {
                    semaphore(g).acquire(2);
                    g.add(DONE, 2);
                }))
                .thread("B", interruptible(g -> {
                    if (semaphore(g).tryAcquire(1, 10, NANOSECONDS)) {
                        g.add(DONE, 1);
                    }
                }))
                .thread("C", g -> {
                    semaphore(g).release(1);
                    semaphore(g).release(2);
                })
                .finallyExpect("no permit is lost", s -> permits(s) + s.load(DONE) == 3);
        check("FutexSemaphore, several permits", e);
    }

    @Test
    void latch() {
        Explorer e = timed().word("lock", LOCK, 2) // as arm(2) stores it
                .thread("A", interruptible(g -> {
                    latch(g).await();
                    g.store(DONE, g.load(READY));
                }))
                .thread("B", interruptible(g -> {
                    if (latch(g).await(10, NANOSECONDS)) {
                        g.store(DONE, g.load(READY));
                    }
                }))
                .thread("C", g -> {
                    g.add(READY, 1);
                    latch(g).countDown();
                    g.add(READY, 1);
                    latch(g).countDown();
                })
                .finallyExpect("the latch opened last", s -> s.load(DONE) == 0 || s.load(DONE) == 2);
        check("FutexLatch", e);
    }

    private static FutexLatch latch(Guest g) {
        return new FutexLatch(g.table(), g.memory(), LOCK, Scope.PRIVATE);
    }

    /** Meets one other guest, or gives up. */
    private static GuestProgram meets(int nanos) {
        return interruptible(g -> {
            FutexBarrier b = new FutexBarrier(g.table(), g.memory(), LOCK, Scope.PRIVATE, 2);
            try {
                b.await(nanos, NANOSECONDS);
                g.add(DONE, 1);
            } catch (TimeoutException late) {
                g.note("gives up");
            }
        });
    }

    @Test
    void barrier() {
        Explorer e = timed().thread("A", meets(10))
                .thread("B", meets(20))
                .thread("C", meets(30))
                .finallyExpect("as many pass as come together", s -> s.load(DONE) % 2 == 0);
        check("FutexBarrier", e);
    }

    @Test
    void once() {
        GuestProgram runs = g -> new FutexOnce(g.table(), g.memory(), LOCK, Scope.PRIVATE).run(() -> action(g));
        Explorer e = timed().thread("A", runs)
                .thread(
                        "B",
                        interruptible(g -> new FutexOnce(g.table(), g.memory(), LOCK, Scope.PRIVATE)
                                .run(() -> action(g), 10, NANOSECONDS)))
                .thread(
                        "C",
                        interruptible(g -> new FutexOnce(g.table(), g.memory(), LOCK, Scope.PRIVATE)
                                .runInterruptibly(() -> action(g))))
                .invariant("the action runs once", s -> s.load(DONE) <= 1);
        check("FutexOnce", e);
    }

    private static void action(Guest g) {
        g.add(DONE, 1);
    }

    // ---- the locks with owners

    private static PiMutex piMutex(Guest g) {
        return new PiMutex(g.table(), g.memory(), LOCK, Scope.PRIVATE);
    }

    /** Adds to a counter in two steps, and repairs it if the owner before has died between them. */
    private static void piSection(Guest g, PiMutex m, PiTask task, LockResult result) {
        if (!result.isLocked()) {
            return;
        }
        if (result == LockResult.OWNER_DIED) {
            g.store(HOLDERS, 0);
            m.markConsistent(task);
        }
        section(g);
        m.unlock(task);
    }

    private static Explorer piExplorer(Explorer e) {
        return exclusive(e)
                .thread("A", g -> {
                    PiTask task = g.task().pi();
                    PiMutex m = piMutex(g);
                    piSection(g, m, task, m.lock(task));
                })
                .thread("B", interruptible(g -> {
                    PiTask task = g.task().pi();
                    PiMutex m = piMutex(g);
                    piSection(g, m, task, m.tryLock(task, 10, NANOSECONDS));
                }));
    }

    @Test
    void piMutex() {
        Explorer e = piExplorer(explorer(Fault.TIMEOUT, Fault.SIGNAL)).thread("C", interruptible(g -> {
            PiTask task = g.task().pi();
            PiMutex m = piMutex(g);
            piSection(g, m, task, m.lockInterruptibly(task));
        }));
        check("PiMutex", e.finallyExpect("the lock is free", s -> s.load(LOCK) == 0));
    }

    @Test
    void piMutexWithDeaths() {
        Explorer e = mortal().invariant("at most one guest holds the lock", s -> s.load(HOLDERS) <= 2);
        for (String name : new String[] {"A", "B", "C"}) {
            e = e.thread(name, interruptible(g -> {
                PiTask task = g.task().pi();
                PiMutex m = piMutex(g);
                piSection(g, m, task, m.lockInterruptibly(task));
            }));
        }
        check("PiMutex, with deaths", e.finallyExpect("the lock has no owner", s -> owner(s) == 0));
    }

    private static int owner(GuestState s) {
        return s.load(LOCK) & PiTask.MAX_TID;
    }

    /** Waits until it is told that all is ready, or with a time limit until that has passed. */
    private static GuestProgram piAwait(boolean timed) {
        return interruptible(g -> {
            PiTask task = g.task().pi();
            PiMutex m = piMutex(g);
            PiCondition c = m.newCondition(CONDITION);
            if (m.lock(task) == LockResult.OWNER_DIED) {
                m.markConsistent(task);
            }
            try {
                AwaitResult last = AwaitResult.SIGNALLED;
                while (g.load(READY) == 0 && last != AwaitResult.TIMED_OUT) {
                    last = timed ? c.await(task, 10, NANOSECONDS) : c.await(task);
                    if (last == AwaitResult.OWNER_DIED) {
                        m.markConsistent(task);
                    }
                }
            } finally {
                m.unlock(task);
            }
        });
    }

    private static void piSignal(Guest g, boolean all) {
        PiTask task = g.task().pi();
        PiMutex m = piMutex(g);
        PiCondition c = m.newCondition(CONDITION);
        if (m.lock(task) == LockResult.OWNER_DIED) {
            m.markConsistent(task);
        }
        g.store(READY, 1);
        if (all) {
            c.signalAll(task);
        } else {
            c.signal(task);
            c.signal(task);
        }
        m.unlock(task);
    }

    @Test
    void piCondition() {
        Explorer e = explorer(Fault.TIMEOUT, Fault.SIGNAL)
                .thread("A", piAwait(false))
                .thread("B", piAwait(false))
                .thread("C", g -> piSignal(g, false));
        checkCondition("PiCondition", e.finallyExpect("the mutex is free", s -> s.load(LOCK) == 0));
    }

    /** A waiter has a time limit, since the guest that signals may die before. */
    @Test
    void piConditionWithDeaths() {
        Explorer e = mortal().thread("A", piAwait(true))
                .thread("C", piAwait(true))
                .thread("B", g -> piSignal(g, true))
                .finallyExpect("the lock has no owner", s -> owner(s) == 0 || s.hasDied("B"));
        checkCondition("PiCondition, with deaths", e);
    }
}
