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
 * A condition variable in four bytes: threads that hold a {@link FutexMutex} wait here until another thread signals.
 *
 * <p>The whole state of the condition is in its word; a word of 0 is a condition without waiters. All methods must be
 * called with the mutex held. A signal does not wake a waiter: it moves the sleeping waiter to the mutex, and a later
 * unlock of the mutex wakes it. So {@code signalAll} for a thousand waiters wakes them one at a time.
 *
 * <p>A signal goes only to threads that wait at that moment, in the order in which they began to wait. If a waiter
 * times out or is interrupted while it is being signalled, the signal is forwarded to the next waiter. A wait may end
 * without a signal (a spurious wakeup), so callers must check their predicate in a loop.
 *
 * <p>The word does not record the mutex's owner. If the mutex is free, the methods throw {@link
 * IllegalMonitorStateException} before anything has changed. Conditions of a {@linkplain FutexMutex#checked checked}
 * mutex throw it for every thread except the owner. All methods throw {@link org.jfutex.key.MemoryFaultException} where
 * the memory does.
 *
 * <p>When a wait ends, normally or with an exception, the thread holds the mutex, except if the memory throws while the
 * thread locks the mutex. If the wait fails, a signal that this waiter may have received is forwarded to the next
 * waiter. If the thread cannot be queued at the mutex, because of a limit of the table or for lack of memory or stack,
 * it checks every millisecond whether the mutex is free.
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
     * So the queue contains exactly the threads that began to wait and were not signalled, in that order. A thread that
     * arrives after a signal was not in the queue when the signal was sent.
     *
     * No signal is stolen: a signal removes one waiter from the queue, and no other thread can consume it.
     *
     * No signal is swallowed by a waiter that gives up. A signalled waiter is moved to the mutex, and it can still time
     * out or be interrupted while it sleeps there. The result of its wait does not show where it was queued. If no
     * signal was counted since the waiter queued itself, it was not moved. Otherwise it may have been moved, so it
     * signals the next waiter. In the worst case this causes one spurious wakeup. Only exactly 2^31 signals during one
     * wait would be mistaken for none.
     *
     * An unlock wakes the moved waiters because the mutex's word is 2. The signalling thread, which holds the mutex,
     * sets it to 2 before it moves them, and every thread that has waited here locks with 2.
     */

    private static final int WAITERS = 1;
    private static final int SIGNAL = 2;

    private final FutexMutex mutex;

    /** The reason why a wait ended. */
    private enum Outcome {
        SIGNALLED,
        TIMED_OUT,
        INTERRUPTED
    }

    /**
     * Creates a handle of the condition in a word beside a mutex.
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
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it then holds the
     *     mutex, and a signal that it had received is forwarded to the next waiter
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
     * Waits for a signal, at most for a given time.
     *
     * @param nanos how long, on the table's monotonic clock
     * @return the remaining time; zero or less if none remains
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it then holds the
     *     mutex, and a signal that it had received is forwarded to the next waiter
     */
    @Override
    public long awaitNanos(long nanos) throws InterruptedException {
        long end = end(nanos);
        Outcome outcome = sleepOrThrow(Deadline.at(ClockId.MONOTONIC, end));
        try {
            return remaining(end);
        } catch (Throwable e) {
            if (outcome == Outcome.SIGNALLED) {
                forwardSignal(); // the clock has failed, so this call cannot report the signal
            }
            throw e;
        }
    }

    /**
     * Waits for a signal, at most for a given time.
     *
     * @param time how long, on the table's monotonic clock
     * @param unit its unit
     * @return false if the time passed before the mutex was handed to this thread; a signal that it had received is
     *     forwarded to the next waiter
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it then holds the
     *     mutex, and a signal that it had received is forwarded to the next waiter
     */
    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(unit, "unit");
        return sleepOrThrow(deadline(time, unit)) == Outcome.SIGNALLED;
    }

    /**
     * Waits for a signal, at most until a given time.
     *
     * @param date the deadline, on the table's realtime clock; if the clock is set during the wait, its new time counts
     * @return false if that time was reached before the mutex was handed to this thread; a signal that it had received
     *     is forwarded to the next waiter
     * @throws InterruptedException if the thread was interrupted before the mutex was handed to it; it then holds the
     *     mutex, and a signal that it had received is forwarded to the next waiter
     */
    @Override
    @SuppressWarnings("JavaUtilDate") // a java.sql.Date has no Instant
    public boolean awaitUntil(Date date) throws InterruptedException {
        requireNonNull(date, "date");
        return sleepOrThrow(Deadline.at(Instant.ofEpochMilli(date.getTime()))) == Outcome.SIGNALLED;
    }

    /** Signals the thread that has waited longest, if any thread waits. */
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

    /**
     * Waits once. If the wait ends without a signal, forwards a signal that may have arrived too late for this waiter.
     */
    private Outcome sleep(Deadline deadline, boolean interruptible) {
        mutex.checkHeld();
        StackGuard.checkCall(); // before a waiter is queued: after that, its cancel needs stack, too
        int before = load() | WAITERS;
        getAndSet(before);
        PreparedWait wait = prepare(before, WaitOptions.DEFAULT);
        boolean unlocked = false;
        Outcome outcome;
        try {
            mutex.clearOwner();
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
                relock(wait);
                if (signalsSince(before)) {
                    forwardSignal(); // it may have been for this waiter, which cannot report it
                }
            } else {
                mutex.setOwner();
            }
            throw e;
        }
        try {
            relock(wait);
            forwardSignal(outcome, before);
            return outcome;
        } catch (Throwable e) {
            if (outcome == Outcome.INTERRUPTED) {
                Thread.currentThread().interrupt(); // the caller gets the failure instead
            }
            throw e;
        }
    }

    private void forwardSignal(Outcome outcome, int before) {
        try {
            if (outcome != Outcome.SIGNALLED && signalsSince(before)) {
                signalChecked(1);
            }
        } catch (Throwable e) {
            forwardSignal();
            throw e;
        }
    }

    /**
     * Signals the next waiter, and retries while the table is out of memory, as a wake does. A second signal is
     * harmless.
     */
    private void forwardSignal() {
        for (boolean given = false; !given; ) {
            try {
                signalChecked(1);
                given = true;
            } catch (OutOfMemoryError e) {
                Interrupts.pause();
            }
        }
    }

    private void relock(PreparedWait wait) {
        try {
            mutex.lockWithoutFail();
        } catch (Throwable e) {
            wait.forwardWake(); // if an unlock has woken this waiter after it was moved
            throw e;
        }
    }

    private boolean signalsSince(int before) {
        return (load() | WAITERS) != before;
    }

    private void signal(int count) {
        mutex.checkHeld();
        if ((load() & WAITERS) != 0) {
            StackGuard.checkCall(); // before the signal is counted: after that, a requeue that fails would lose it
            signalChecked(count);
        }
    }

    /** Signals, for a caller that has checked the stack. */
    private void signalChecked(int count) {
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
     * Returns a description: the number of signals, whether threads may wait, the word's address and memory, and the
     * mutex.
     */
    @Override
    public String toString() {
        String state =
                describe("condition", word -> (word >>> 1) + " signals" + ((word & WAITERS) != 0 ? ", waiters" : ""));
        return state + " of " + mutex;
    }
}
