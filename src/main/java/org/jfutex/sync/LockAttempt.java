package org.jfutex.sync;

import org.jfutex.PreparedWait;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;

/**
 * One call's attempt to get a lock that it did not get at once: what may end it early, and how often it has failed in
 * a row.
 */
final class LockAttempt {

    /*
     * A word may hold any value, and a foreign thread may rewrite it at any rate. A loop over a word therefore has one
     * of three ends: it gets what it wants; it sleeps; or it fails MOST_FAILURES times in a row, and the call throws
     * an exception. Between two attempts mayGoOn() reads the deadline and the interrupt status, because a wait whose
     * word differs reads neither.
     */

    private final FutexWord word;
    private final Deadline deadline;
    private final long end;
    private final boolean interruptible;
    private int failures;

    private LockAttempt(FutexWord word, Deadline deadline, long end, boolean interruptible) {
        this.word = word;
        this.deadline = deadline;
        this.end = end;
        this.interruptible = interruptible;
    }

    /** An attempt that neither time nor an interrupt ends. An interrupt does not cost it its place in a queue. */
    static LockAttempt uninterruptible(FutexWord word) {
        return new LockAttempt(word, Deadline.NEVER, Long.MAX_VALUE, false);
    }

    /** An attempt that an interrupt ends. */
    static LockAttempt interruptible(FutexWord word) {
        return new LockAttempt(word, Deadline.NEVER, Long.MAX_VALUE, true);
    }

    /** An attempt that an interrupt or a time of the table's monotonic clock ends. */
    static LockAttempt until(FutexWord word, long end) {
        return new LockAttempt(word, Deadline.at(ClockId.MONOTONIC, end), end, true);
    }

    /** An attempt whose time has passed before it begins. */
    static LockAttempt withoutWaiting(FutexWord word) {
        return new LockAttempt(word, Deadline.after(0), Long.MIN_VALUE, true);
    }

    /** Sleeps on a wait that was queued. */
    WaitResult await(PreparedWait wait, SpinPolicy polling) throws InterruptedException {
        WaitResult result = interruptible ? wait.await(deadline, polling) : wait.awaitUninterruptibly();
        return counted(result);
    }

    /** Queues the caller and sleeps while the word holds a value. */
    WaitResult sleep(int expected) throws InterruptedException {
        return interruptible
                ? counted(word.table.await(word.memory, word.address, word.scope, expected, deadline))
                : await(word.prepare(expected, WaitOptions.DEFAULT), SpinPolicy.NONE);
    }

    private WaitResult counted(WaitResult result) {
        if (result != WaitResult.VALUE_DIFFERS) {
            failures = 0;
        }
        return result;
    }

    /**
     * Returns whether the attempt may go on after a step that failed. The caller calls it before it sleeps again.
     *
     * @throws IllegalStateException if too many steps in a row have failed, none of which slept
     */
    boolean mayGoOn() {
        failures = word.failed(failures);
        return !interruptible || !(Thread.currentThread().isInterrupted() || hasPassed());
    }

    private boolean hasPassed() {
        return end == Long.MIN_VALUE
                || (deadline != Deadline.NEVER && word.table.clock().nanos(ClockId.MONOTONIC) >= end);
    }

    /** Throws what a method throws that has ended early. An interrupt was left pending until nothing could fail. */
    void gaveUp() throws InterruptedException {
        if (Thread.interrupted() || deadline == Deadline.NEVER) {
            throw new InterruptedException();
        }
    }

    /** Returns whether an interrupt ends the attempt. */
    boolean isInterruptible() {
        return interruptible;
    }
}
