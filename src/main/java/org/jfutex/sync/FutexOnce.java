package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/**
 * An action that is done once, in four bytes: the first thread does it, and other threads wait until it is done.
 *
 * <p>Everything that it knows is in its word, so any number of these objects made for the same word are one. A word of
 * 0 has not been done yet. If the action throws, it has not been done, and the next one tries.
 *
 * <p>The action must not come back to the word from within: it would wait for itself, for ever.
 *
 * <p>A word outside 0 to 3 is not a once. The methods that run an action throw {@link IllegalStateException} then,
 * before they run it.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does, and what the action throws.
 * For a wait that fails see the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what the action did happens-before what any thread does after it has learnt
 * that it is done, by whichever object.
 */
public final class FutexOnce extends FutexWord {

    /*
     * The states of the word:
     *
     *      0  new              the next thread does it
     *      1  running          a thread does it
     *      2  contended        ... and a thread may sleep
     *      3  done             for ever
     *
     *      0 -> 1    a caller begins                1 -> 0, 3    the action has thrown, has returned
     *      1 -> 2    a caller is about to sleep     2 -> 0, 3    ... and all are woken
     *
     * A call that finds another value throws an exception: no call has left it there, so none would replace it.
     *
     * All, even if the action has thrown and only one can try next: a single one that was woken might find it done by
     * a newcomer and leave, and no thread would wake the rest.
     */

    private static final int NEW = 0;
    private static final int RUNNING = 1;
    private static final int CONTENDED = 2;
    private static final int DONE = 3;

    /**
     * The one that lies in a word.
     *
     * @param table where its waiters wait
     * @param memory where the word lies
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexOnce(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /**
     * Sees to it that it is done: does it, or waits until another has. An interrupt stays pending.
     *
     * @param action what to do
     * @throws IllegalStateException if the word is not from 0 to 3
     */
    public void run(Runnable action) {
        requireNonNull(action, "action");
        if (!isDone()) {
            int[] state = new int[1];
            Interrupts.never(() -> state[0] = claim(LockAttempt.uninterruptible(this)));
            runIfNew(state[0], action);
        }
    }

    /**
     * Sees to it that it is done: does it, or waits until another has, unless the thread is interrupted first.
     *
     * @param action what to do
     * @throws InterruptedException if the thread was interrupted before it began and before another was done
     * @throws IllegalStateException if the word is not from 0 to 3
     */
    public void runInterruptibly(Runnable action) throws InterruptedException {
        requireNonNull(action, "action");
        Interrupts.check();
        if (!isDone()) {
            runIfNew(claim(LockAttempt.interruptible(this)), action);
        }
    }

    /**
     * Sees to it that it is done: does it, or waits until another has, at most for a while.
     *
     * @param action what to do; the time does not matter to it
     * @param time how long to wait for another, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether it is done
     * @throws InterruptedException if the thread was interrupted before it began and before another was done
     * @throws IllegalStateException if the word is not from 0 to 3
     */
    public boolean run(Runnable action, long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(action, "action");
        requireNonNull(unit, "unit");
        Interrupts.check();
        return isDone() || runIfNew(claim(attempt(time, unit)), action);
    }

    /**
     * Whether it is done.
     *
     * @return whether the action of a thread has returned
     */
    public boolean isDone() {
        return load() == DONE;
    }

    /**
     * Returns in which state the word was: new, and the caller must act now; done; or still running when the time had
     * passed.
     */
    private int claim(LockAttempt attempt) throws InterruptedException {
        StackGuard.checkDeep(); // for the end of the action, which wakes
        do {
            int state = load();
            if (state == DONE || (state == NEW && compareAndSet(NEW, RUNNING))) {
                return state;
            }
            if (state < NEW || state > DONE) {
                throw new IllegalStateException(
                        "the word is " + state + ", not from " + NEW + " to " + DONE + ": " + this);
            }
            if (state == CONTENDED || (state == RUNNING && compareAndSet(RUNNING, CONTENDED))) {
                if (attempt.sleep(CONTENDED) == WaitResult.TIMED_OUT) {
                    return RUNNING;
                }
            }
        } while (attempt.mayGoOn());
        attempt.gaveUp();
        return RUNNING;
    }

    private boolean runIfNew(int claimed, Runnable action) {
        if (claimed != NEW) {
            return claimed == DONE;
        }
        int result = NEW;
        try {
            action.run();
            result = DONE;
        } finally {
            if (getAndSet(result) != RUNNING) { // also if it was overwritten: a waiter may have slept before
                wake(Integer.MAX_VALUE);
            }
        }
        return true;
    }

    /** Returns what this is, whether it is new, running or done, and where its word lies. */
    @Override
    public String toString() {
        return describe("once", word -> switch (word) {
            case NEW -> "new";
            case RUNNING, CONTENDED -> "running";
            case DONE -> "done";
            default -> "overwritten with " + word;
        });
    }
}
