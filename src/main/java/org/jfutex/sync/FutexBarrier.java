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
 * A barrier in four bytes: threads wait for each other until an agreed number of them has come, round after round.
 *
 * <p>Everything but that number is in its word, so any number of these objects made for the same word and the same
 * number are one barrier. A word of 0 is a barrier at which no thread has arrived.
 *
 * <p>A thread that gives up, on account of time or an interrupt, takes its arrival back, and the others wait for one
 * more. (The barrier of {@code java.util.concurrent} would break for all of them.) So does a thread whose wait fails,
 * say with {@link org.jfutex.TooManyWaitersException}: who gets an exception has not come. If the barrier opened first
 * the thread has passed, and neither an interrupt nor a failure is thrown.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it came happens-before what any thread does after it
 * has passed in the same round, by whichever object.
 */
public final class FutexBarrier extends FutexWord {

    /*
     * The word:
     *
     *      bits 0..15   how many have come in this round
     *      bits 16..31  the round, modulo 2^16
     *
     *      round, n -> round, n+1     one more has come
     *      round, n -> round, n-1     one gave up
     *      round, n -> round+1, 0     the last one has come, and wakes all; also if n is more than the number of
     *                                             threads
     *
     * Both in one word, so that no thread can arrive between the last arrival and the new round. A thread waits until
     * the round is another than its own. If as many threads use the barrier as it asks for, the round cannot go on by
     * more than one without any of them, so 2^16 rounds are enough; with more threads one of them would have to miss
     * exactly as many.
     */

    /** The most threads that a barrier can wait for. */
    public static final int MAX_PARTIES = 0xFFFF;

    private static final int ROUND = MAX_PARTIES + 1;

    private final int parties;

    /**
     * The barrier that lies in a word.
     *
     * @param table where its waiters wait
     * @param memory where the word lies
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @param parties how many threads must come, from 1 to {@value #MAX_PARTIES}; the same for every object of this
     *     word
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
     * Comes to the barrier and waits until it opens.
     *
     * @return the number of threads that were still missing: 0 for the last one. It is unique in its round unless a
     *     thread gave up.
     * @throws InterruptedException if the thread was interrupted first; it has not come then
     */
    public int await() throws InterruptedException {
        Interrupts.check();
        int place = await(LockAttempt.interruptible(this));
        assert place >= 0;
        return place;
    }

    /**
     * Comes to the barrier and waits until it opens, at most for a while.
     *
     * @param time how long, on the table's monotonic clock
     * @param unit its unit
     * @return the number of threads that were still missing: 0 for the last one. It is unique in its round unless a
     *     thread gave up.
     * @throws TimeoutException if the time has passed first; the thread has not come then
     * @throws InterruptedException if the thread was interrupted first; it has not come then
     */
    public int await(long time, TimeUnit unit) throws InterruptedException, TimeoutException {
        requireNonNull(unit, "unit");
        Interrupts.check();
        int place = await(attempt(time, unit));
        if (place < 0) {
            throw new TimeoutException();
        }
        return place;
    }

    /**
     * How many threads it waits for.
     *
     * @return the number that this object was made with
     */
    public int getParties() {
        return parties;
    }

    /**
     * How many have come in this round, at the moment.
     *
     * @return their number
     */
    public int getNumberWaiting() {
        return arrived(load());
    }

    /** Comes and waits; -1 if the time has passed. */
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

    /** Returns whether one more arrival opens the barrier, and looks for the stack that its wake will need. */
    private boolean isLast(int word) {
        boolean last = arrived(word) + 1 >= parties;
        if (last) {
            StackGuard.checkDeep();
        }
        return last;
    }

    /**
     * Waits until another round has begun; false if the time passed, or the thread was interrupted: that stays
     * pending.
     */
    private boolean passed(int round, LockAttempt attempt) {
        try {
            for (int now = load(); round(now) == round; now = load()) {
                if (attempt.sleep(now) == WaitResult.TIMED_OUT || !attempt.mayGoOn()) {
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
     * Takes the arrival back, unless the round is over. A word that was overwritten may have none; then there is
     * nothing to take.
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

    /** Returns what this is, for how many threads, how many have come, in which round, and where its word lies. */
    @Override
    public String toString() {
        return describe("barrier of " + parties, word -> arrived(word) + " came in round " + round(word));
    }
}
