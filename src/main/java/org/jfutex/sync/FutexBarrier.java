package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/**
 * A cyclic barrier in four bytes: threads wait for each other until a fixed number of them has arrived, in repeated
 * rounds.
 *
 * <p>The whole state of the barrier except that number is in its word. Any number of these objects for the same word
 * and the same number are one barrier. A word of 0 is a barrier at which no thread has arrived.
 *
 * <p>A thread that times out or is interrupted takes its arrival back, and the others wait for one more thread. ({@code
 * java.util.concurrent.CyclicBarrier} would break for all of them.) A thread whose wait fails, for example with {@link
 * org.jfutex.TooManyWaitersException}, does the same: a thread that gets an exception has not arrived. If the barrier
 * opened before that, the thread has passed, and neither an interrupt nor a failure is thrown.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it arrived happens-before what any thread does after
 * it has passed in the same round, through any of the objects.
 */
public final class FutexBarrier extends FutexWord {

    /*
     * The word:
     *
     *      bits 0..15   how many threads have arrived in this round
     *      bits 16..31  the round, modulo 2^16
     *
     *      round, n -> round, n+1     a thread arrives
     *      round, n -> round, n-1     a thread gives up
     *      round, n -> round+1, 0     the last thread arrives and wakes all; also if n is more than the
     *                                             number of threads
     *
     * Both are in one word, so that no thread can arrive between the last arrival and the new round. A thread waits
     * until the round differs from its own. If exactly the fixed number of threads uses the barrier, the round cannot
     * advance by more than one without each of them, so 16 bits are enough. If more threads use it, a thread would have
     * to miss exactly 2^16 rounds to be deceived.
     */

    /** The maximum number of threads that a barrier can wait for. */
    public static final int MAX_PARTIES = 0xFFFF;

    private static final int ROUND = MAX_PARTIES + 1;

    private final int parties;

    /**
     * Creates a handle of the barrier in a word.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the word
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @param parties the number of threads that must arrive, from 1 to {@value #MAX_PARTIES}; equal in every object for
     *     this word
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4 or {@code parties} is out of range
     */
    public FutexBarrier(FutexTable table, FutexMemory memory, long address, Scope scope, int parties) {
        super(table, memory, address, scope);
        if (parties < 1 || parties > MAX_PARTIES) {
            throw new IllegalArgumentException("a barrier of " + parties + " parties: not from 1 to " + MAX_PARTIES);
        }
        this.parties = parties;
    }

    /**
     * Arrives at the barrier and waits until it opens.
     *
     * @return the number of threads that were still missing: 0 for the last one. It is unique in its round unless a
     *     thread gave up.
     * @throws InterruptedException if the thread was interrupted first; it has not arrived then
     */
    public int await() throws InterruptedException {
        Interrupts.check();
        int index = await(LockAttempt.interruptible(this));
        assert index >= 0;
        return index;
    }

    /**
     * Arrives at the barrier and waits until it opens, at most for a given time.
     *
     * @param time the maximum time to wait, on the table's monotonic clock
     * @param unit its unit
     * @return the number of threads that were still missing: 0 for the last one. It is unique in its round unless a
     *     thread gave up.
     * @throws TimeoutException if the time has passed first; the thread has not arrived then
     * @throws InterruptedException if the thread was interrupted first; it has not arrived then
     */
    public int await(long time, TimeUnit unit) throws InterruptedException, TimeoutException {
        requireNonNull(unit, "unit");
        Interrupts.check();
        int index = await(attempt(time, unit));
        if (index < 0) {
            throw new TimeoutException();
        }
        return index;
    }

    /**
     * Returns the number of threads that must arrive.
     *
     * @return the number that was passed to the constructor
     */
    public int getParties() {
        return parties;
    }

    /**
     * Returns the number of threads that have arrived in the current round.
     *
     * @return their number
     */
    public int getNumberWaiting() {
        return arrived(load());
    }

    /** Arrives and waits. Returns -1 if the time has passed. */
    private int await(LockAttempt attempt) throws InterruptedException {
        int before = load();
        boolean last = isLast(before);
        for (int i = 0; !compareAndSet(before, last ? nextRound(before) : before + 1); ) {
            i = failed(i);
            before = load();
            last = isLast(before);
        }
        if (last) {
            wake(Integer.MAX_VALUE);
            return 0;
        }
        int round = round(before);
        boolean gaveUp = false;
        try {
            gaveUp = !passed(round, attempt) && tookBackArrival(round);
        } catch (Throwable e) {
            if (tookBackArrival(round)) {
                throw e;
            }
        }
        if (gaveUp) {
            attempt.gaveUp();
            return -1;
        }
        return parties - 1 - arrived(before);
    }

    /**
     * Returns whether one more arrival opens the barrier. If it does, checks that there is enough stack for the wake.
     */
    private boolean isLast(int word) {
        boolean last = arrived(word) + 1 >= parties;
        if (last) {
            StackGuard.checkCall();
        }
        return last;
    }

    /**
     * Waits until another round has begun. Returns false if the time passed or the thread was interrupted; an interrupt
     * stays pending.
     */
    private boolean passed(int round, LockAttempt attempt) {
        try {
            for (int now = load(); round(now) == round; now = load()) {
                if (attempt.sleep(now) == WaitResult.TIMED_OUT || !attempt.mayContinue()) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Takes the arrival back, unless the round is over. A word that was overwritten may contain no arrival; then
     * nothing is taken back.
     */
    private boolean tookBackArrival(int round) {
        int i = 0;
        for (int now = load(); round(now) == round; now = load()) {
            if (arrived(now) == 0 || compareAndSet(now, now - 1)) {
                return true;
            }
            i = failed(i);
        }
        return false;
    }

    private static int arrived(int word) {
        return word & (ROUND - 1);
    }

    private static int round(int word) {
        return word >>> 16;
    }

    private static int nextRound(int word) {
        return (word & -ROUND) + ROUND;
    }

    /**
     * Returns a description: the number of threads, how many have arrived, the round, and the word's address and
     * memory.
     */
    @Override
    public String toString() {
        return describe("barrier of " + parties, word -> arrived(word) + " arrived in round " + round(word));
    }
}
