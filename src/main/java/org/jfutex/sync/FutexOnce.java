package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/**
 * A one-time initialization in four bytes: the first thread runs an action, and other threads wait until it has
 * returned.
 *
 * <p>The whole state is in its word, so any number of these objects for the same word are one initialization. A word of
 * 0 means that no action has run yet. If the action throws, it does not count as done, and the next caller runs its own
 * action.
 *
 * <p>The action must not use the same word: it would wait for itself for ever.
 *
 * <p>A word outside 0 to 3 is not valid. The methods that run an action then throw {@link IllegalStateException} before
 * they run it.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. An exception of the action is
 * propagated. For a wait that fails see the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what the action did happens-before what any thread does after a method has
 * reported that the action is done, through any of the objects.
 */
public final class FutexOnce extends FutexWord {

    /*
     * The states of the word:
     *
     *      0  new              the next thread runs its action
     *      1  running          a thread runs its action
     *      2  contended        ... and a thread may sleep
     *      3  done             for ever
     *
     *      0 -> 1    a caller begins                1 -> 0, 3    the action has thrown, has returned
     *      1 -> 2    a caller is about to sleep     2 -> 0, 3    ... and all are woken
     *
     * A call that finds another value throws an exception: no call has stored that value, so none would replace it.
     *
     * All waiters are woken, even if the action has thrown and only one of them can run next. If a single waiter were
     * woken, it might find that another caller has finished the action, and return without waking the rest.
     */

    private static final int NEW = 0;
    private static final int RUNNING = 1;
    private static final int CONTENDED = 2;
    private static final int DONE = 3;

    /**
     * Creates a handle of the initialization in a word.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the word
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexOnce(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /**
     * Runs the action, or waits until another thread's action has returned. An interrupt stays pending.
     *
     * @param action the action
     * @throws IllegalStateException if the word is not from 0 to 3
     */
    public void run(Runnable action) {
        requireNonNull(action, "action");
        if (!isDone()) {
            int[] state = new int[1];
            Interrupts.uninterruptibly(() -> state[0] = claim(LockAttempt.uninterruptible(this)));
            runIfNew(state[0], action);
        }
    }

    /**
     * Runs the action, or waits until another thread's action has returned or this thread is interrupted.
     *
     * @param action the action
     * @throws InterruptedException if the thread was interrupted before its action began and before another thread's
     *     action returned
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
     * Runs the action, or waits for another thread's action, at most for a given time.
     *
     * @param action the action; the time does not limit it
     * @param time the maximum time to wait for another thread, on the table's monotonic clock; zero and less do not
     *     wait
     * @param unit its unit
     * @return whether an action has returned
     * @throws InterruptedException if the thread was interrupted before its action began and before another thread's
     *     action returned
     * @throws IllegalStateException if the word is not from 0 to 3
     */
    public boolean run(Runnable action, long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(action, "action");
        requireNonNull(unit, "unit");
        Interrupts.check();
        return isDone() || runIfNew(claim(attempt(time, unit)), action);
    }

    /**
     * Returns whether an action has returned.
     *
     * @return whether the initialization is done
     */
    public boolean isDone() {
        return load() == DONE;
    }

    /**
     * Returns the state of the word: NEW if the caller must run its action now, DONE, or RUNNING if the time has
     * passed.
     */
    private int claim(LockAttempt attempt) throws InterruptedException {
        StackGuard.checkCall(); // for the end of the action, which wakes
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
        } while (attempt.mayContinue());
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
            if (getAndSet(result) != RUNNING) { // or overwritten, and a waiter may sleep
                wake(Integer.MAX_VALUE);
            }
        }
        return true;
    }

    /** Returns a description: whether the initialization is new, running or done, and the word's address and memory. */
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
