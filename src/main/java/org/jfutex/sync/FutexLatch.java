package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/**
 * A countdown latch in four bytes: threads wait until a given number of events has happened.
 *
 * <p>The whole state of the latch is in its word, which is the number of remaining events. So any number of these
 * objects for the same word are one latch, and a word of 0 is an open latch. {@link #arm} closes an open latch, also
 * repeatedly; a thread that still sleeps then waits for the new count too.
 *
 * <p>A negative word is not a latch. A wait treats it as closed; {@link #countDown} refuses it.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. For a wait that fails see
 * the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it counted down happens-before what a thread does
 * after it has found the latch open, through any of the objects.
 */
public final class FutexLatch extends FutexWord {

    private static final int OPEN = 0;

    /**
     * Creates a handle of the latch in a word.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the word
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexLatch(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /**
     * Closes the latch until the given number of events has happened.
     *
     * @param count the number of events, more than 0
     * @throws IllegalArgumentException if {@code count} is not more than 0
     * @throws IllegalStateException if the latch is closed already; nothing has changed then
     */
    public void arm(int count) {
        if (count <= 0) {
            throw new IllegalArgumentException("the count " + count + " is not positive");
        }
        if (!compareAndSet(OPEN, count)) {
            throw new IllegalStateException("the latch is closed already");
        }
    }

    /**
     * Counts an event; the last one opens the latch. Nothing happens if it is open.
     *
     * @throws IllegalStateException if the word is negative; nothing has changed then
     */
    public void countDown() {
        int i = 0;
        for (int left = load(); left != OPEN; left = load()) {
            if (left < OPEN) {
                throw new IllegalStateException("the count is " + left + ": " + this);
            }
            if (left - 1 == OPEN) {
                StackGuard.checkCall();
            }
            if (compareAndSet(left, left - 1)) {
                if (left - 1 == OPEN) {
                    wake(Integer.MAX_VALUE);
                }
                return;
            }
            i = failed(i);
        }
    }

    /**
     * Returns the number of remaining events.
     *
     * @return their number, 0 if the latch is open, negative if the word has been overwritten with such a value
     */
    public int getCount() {
        return load();
    }

    /**
     * Waits until the latch is open.
     *
     * @throws InterruptedException if the thread was interrupted first
     */
    public void await() throws InterruptedException {
        Interrupts.check();
        await(LockAttempt.interruptible(this));
    }

    /**
     * Waits until the latch is open, at most for a given time.
     *
     * @param time the maximum time to wait, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether the latch is open
     * @throws InterruptedException if the thread was interrupted first
     */
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(unit, "unit");
        Interrupts.check();
        return load() == OPEN || (time > 0 && await(attempt(time, unit)));
    }

    private boolean await(LockAttempt attempt) throws InterruptedException {
        for (int left = load(); left != OPEN; left = load()) {
            if (attempt.sleep(left) == WaitResult.TIMED_OUT) {
                return false;
            }
            if (!attempt.mayContinue() && load() != OPEN) {
                attempt.gaveUp();
                return false;
            }
        }
        return true;
    }

    /** Returns a description: the number of remaining events, and the word's address and memory. */
    @Override
    public String toString() {
        return describe("latch", left -> left == OPEN ? "open" : left + " remaining");
    }
}
