package org.jfutex.sync;

import org.jfutex.PreparedWait;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;

/**
 * The waiting part of one call: its deadline, whether an interrupt ends it, and how often it has failed in a row.
 */
final class LockAttempt {

    /*
     * A word may hold any value, and a foreign thread may rewrite it at any rate. Therefore a loop over a word ends in
     * one of three ways: the operation succeeds, the thread sleeps, or MAX_FAILURES attempts in a row fail and the call
     * throws an exception. Between two attempts mayContinue() reads the deadline and the interrupt status, because a
     * wait whose word differs reads neither.
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

    /**
     * Returns an attempt that neither time nor an interrupt ends. After an interrupt, the thread keeps its position in
     * the queue.
     */
    static LockAttempt uninterruptible(FutexWord word) {
        return new LockAttempt(word, Deadline.NEVER, Long.MAX_VALUE, false);
    }

    /** Returns an attempt that an interrupt ends. */
    static LockAttempt interruptible(FutexWord word) {
        return new LockAttempt(word, Deadline.NEVER, Long.MAX_VALUE, true);
    }

    /** Returns an attempt that an interrupt or a time of the table's monotonic clock ends. */
    static LockAttempt until(FutexWord word, long end) {
        return new LockAttempt(word, Deadline.at(ClockId.MONOTONIC, end), end, true);
    }

    /** Returns an attempt whose time has passed before it begins. */
    static LockAttempt withoutWaiting(FutexWord word) {
        return new LockAttempt(word, Deadline.after(0), Long.MIN_VALUE, true);
    }

    /** Sleeps in a wait that has been queued. */
    WaitResult await(PreparedWait wait, SpinPolicy policy) throws InterruptedException {
        WaitResult result = interruptible ? wait.await(deadline, policy) : wait.awaitUninterruptibly();
        return counted(result);
    }

    /** Sleeps if the word holds the expected value, until a wake, the deadline or an interrupt ends the wait. */
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
     * Returns whether the attempt may continue after a failed step. The caller calls it before it sleeps again.
     *
     * @throws IllegalStateException if too many steps in a row have failed, none of which slept
     */
    boolean mayContinue() {
        failures = word.failed(failures);
        return !interruptible || !(Thread.currentThread().isInterrupted() || hasPassed());
    }

    private boolean hasPassed() {
        return end == Long.MIN_VALUE
                || (deadline != Deadline.NEVER && word.table.clock().nanos(ClockId.MONOTONIC) >= end);
    }

    /**
     * Throws InterruptedException if an interrupt has ended the attempt. The interrupt was left pending until now, so
     * that a failure could not lose it.
     */
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
