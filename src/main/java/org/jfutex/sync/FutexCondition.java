package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jfutex.PreparedWait;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.StackGuard;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;

/**
 * A condition in four bytes: threads that hold a {@link FutexMutex} wait here for what another will signal.
 *
 * <p>Everything that it knows is in its word; a word of 0 is a condition without waiters. All methods are called
 * with the mutex held. Whoever signals need not hurry to unlock: who is signalled is moved over to the mutex, asleep,
 * and an unlock wakes it. So a signal to a thousand wakes one at a time.
 *
 * <p>Signals go to those who wait at that moment, in the order in which they began to wait, and to nobody who comes
 * later. A signal that may have met a waiter in the very moment in which that one gave up, on account of time or an
 * interrupt, goes on to the next. A wait may end without a signal (a spurious wakeup), so callers look in a loop at
 * what they wait for.
 *
 * <p>The word does not show whether the caller holds the mutex. If it shows that no thread does, the methods throw
 * {@link IllegalMonitorStateException} before anything has changed. Conditions of a {@linkplain FutexMutex#checked
 * checked} mutex throw it for every other thread than the holder. All methods throw {@link
 * org.jfutex.key.MemoryFaultException} where the memory does.
 *
 * <p>When a wait ends, by whatever exception, the thread holds the mutex, unless the memory keeps it from that with an
 * exception of its own. If the wait fails, a signal that may have met this waiter goes on to the next. Who finds no
 * place in the mutex's queue then, by a limit of the table or for want of memory or stack, is not refused: it looks
 * every millisecond whether the mutex is free.
 *
 * <p><b>Memory consistency effects:</b> those of the mutex, which is unlocked when a wait begins and locked when it
 * ends.
 */
public final class FutexCondition extends FutexWord implements Condition {

    /*
     * The word, changed only with the mutex held:
     *
     *      bit 0       WAITERS: a thread may be queued here
     *      bits 1..31  how many signals were sent while it was set, modulo 2^31
     *
     * No signal is lost: a waiter queues itself before it unlocks the mutex, and a signal is sent with the mutex held.
     * So the queue is exactly who began to wait and was not signalled, in that order; whoever comes after a signal is
     * not in it.
     *
     * No signal is stolen: a signal takes one waiter out of the queue, and no other thread can use it.
     *
     * No signal is swallowed by one who gives up. To be signalled means to be moved, and one who has been moved can
     * still time out or be interrupted while it sleeps at the mutex; from the result of its wait it cannot tell where
     * it was. But if no signal was counted since it queued itself, it was not moved. If one was, then it may have
     * been, and it signals the next one. In the worst case that is a wakeup too many. 2^31 signals during one wait
     * would have to be counted to be mistaken for none.
     *
     * Those who are moved are found at the mutex by an unlock because its word is 2: the signaller, who holds it, sees
     * to that before, and everybody who has waited here locks with 2.
     */

    private static final int WAITERS = 1;
    private static final int SIGNAL = 2;

    private final FutexMutex mutex;

    /** Why a wait is over. */
    private enum Outcome {
        SIGNALLED,
        TIMED_OUT,
        INTERRUPTED
    }

    /**
     * The condition that lies in a word beside a mutex.
     *
     * @param mutex the mutex; its table, memory and scope are the condition's too
     * @param address the word, a multiple of 4
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4, or is the mutex's own word
     */
    public FutexCondition(FutexMutex mutex, long address) {
        super(requireNonNull(mutex, "mutex").table, mutex.memory, address, mutex.scope);
        if (address == mutex.address) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is the mutex; the condition needs a word of its own");
        }
        this.mutex = mutex;
    }

    /**
     * Waits for a signal.
     *
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it holds the
     *     mutex then, and a signal that it had got goes to the next
     */
    @Override
    public void await() throws InterruptedException {
        sleepOrThrow(Deadline.NEVER);
    }

    /** Waits for a signal. An interrupt stays pending and does not change the thread's position in the queue. */
    @Override
    public void awaitUninterruptibly() {
        sleep(Deadline.NEVER, false);
    }

    /**
     * Waits for a signal at most for a while.
     *
     * @param nanos how long, on the table's monotonic clock
     * @return how much of that is left; zero or less if nothing is
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it holds the
     *     mutex then, and a signal that it had got goes to the next
     */
    @Override
    public long awaitNanos(long nanos) throws InterruptedException {
        long end = end(nanos);
        Outcome outcome = sleepOrThrow(Deadline.at(ClockId.MONOTONIC, end));
        try {
            return left(end);
        } catch (Throwable e) {
            if (outcome == Outcome.SIGNALLED) {
                giveSignalOn(); // the clock keeps this one from telling
            }
            throw e;
        }
    }

    /**
     * Waits for a signal at most for a while.
     *
     * @param time how long, on the table's monotonic clock
     * @param unit its unit
     * @return false if the time passed before the mutex was handed to this thread; a signal that it had got goes to
     *     the next
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it holds the
     *     mutex then, and a signal that it had got goes to the next
     */
    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(unit, "unit");
        return sleepOrThrow(deadline(time, unit)) == Outcome.SIGNALLED;
    }

    /**
     * Waits for a signal at most until a point of time.
     *
     * @param date when, on the table's realtime clock; if the clock is set during the wait, its new time counts
     * @return false if the time came before the mutex was handed to this thread; a signal that it had got goes to the
     *     next
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it holds the
     *     mutex then, and a signal that it had got goes to the next
     */
    @Override
    @SuppressWarnings("JavaUtilDate") // a java.sql.Date has no Instant
    public boolean awaitUntil(Date date) throws InterruptedException {
        requireNonNull(date, "date");
        return sleepOrThrow(Deadline.at(Instant.ofEpochMilli(date.getTime()))) == Outcome.SIGNALLED;
    }

    /** Signals the thread that has waited longest, if there is one. */
    @Override
    public void signal() {
        signal(1);
    }

    /** Signals all waiting threads. */
    @Override
    public void signalAll() {
        signal(Integer.MAX_VALUE);
    }

    private Outcome sleepOrThrow(Deadline deadline) throws InterruptedException {
        Interrupts.check();
        Outcome outcome = sleep(deadline, true);
        if (outcome == Outcome.INTERRUPTED) {
            throw new InterruptedException();
        }
        return outcome;
    }

    /** Waits once. Without a signal: one that may have come too late for this waiter is given to the next. */
    private Outcome sleep(Deadline deadline, boolean interruptible) {
        mutex.checkHeld();
        int before = load() | WAITERS;
        getAndSet(before);
        PreparedWait wait = prepare(before, WaitOptions.DEFAULT);
        boolean unlocked = false;
        Outcome outcome;
        try {
            StackGuard.checkDeep();
            mutex.noteLeft();
            int held = mutex.getAndSet(FutexMutex.FREE);
            unlocked = true;
            mutex.unlockContended(held);
            WaitResult end = interruptible ? wait.await(deadline, SpinPolicy.NONE) : wait.awaitUninterruptibly();
            outcome = end == WaitResult.TIMED_OUT ? Outcome.TIMED_OUT : Outcome.SIGNALLED;
        } catch (InterruptedException e) {
            outcome = Outcome.INTERRUPTED;
        } catch (Throwable e) {
            wait.cancel();
            if (unlocked) {
                lockAgain(wait);
                if (signalsSince(before)) {
                    giveSignalOn(); // it may have been for this one, who will not know
                }
            } else {
                mutex.noteHeld();
            }
            throw e;
        }
        try {
            lockAgain(wait);
            giveSignalOn(outcome, before);
            return outcome;
        } catch (Throwable e) {
            if (outcome == Outcome.INTERRUPTED) {
                Thread.currentThread().interrupt(); // the caller hears of the failure
            }
            throw e;
        }
    }

    private void giveSignalOn(Outcome outcome, int before) {
        try {
            if (outcome != Outcome.SIGNALLED && signalsSince(before)) {
                signal();
            }
        } catch (Throwable e) {
            giveSignalOn();
            throw e;
        }
    }

    /**
     * Who finds no memory to signal the next tries again until there is some, as with a wake; two signals do no harm.
     */
    private void giveSignalOn() {
        for (boolean given = false; !given; ) {
            try {
                signal();
                given = true;
            } catch (OutOfMemoryError e) {
                Interrupts.pause();
            }
        }
    }

    private void lockAgain(PreparedWait wait) {
        try {
            mutex.lockWithoutFail();
        } catch (Throwable e) {
            wait.forwardWake(); // if an unlock has woken it, after it was moved
            throw e;
        }
    }

    private boolean signalsSince(int before) {
        return (load() | WAITERS) != before;
    }

    private void signal(int count) {
        mutex.checkHeld();
        int now = load();
        if ((now & WAITERS) == 0) {
            return;
        }
        mutex.expectSleepers();
        getAndSet(now + SIGNAL);
        if (move(count) < count) { // so no waiter is left
            getAndSet((now + SIGNAL) & ~WAITERS);
        }
    }

    private int move(int count) {
        return table.requeue(memory, address, mutex.address, scope, 0, count).moved();
    }

    /**
     * Returns what this is, how many signals it has counted, whether threads may wait, and where its word and its
     * mutex lie.
     */
    @Override
    public String toString() {
        String state =
                describe("condition", word -> (word >>> 1) + " signals" + ((word & WAITERS) != 0 ? ", waiters" : ""));
        return state + " of " + mutex;
    }
}
