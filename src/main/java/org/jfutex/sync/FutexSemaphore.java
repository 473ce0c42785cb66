package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/**
 * A counting semaphore in four bytes: it holds a number of permits, and threads take them, wait for them, and add them.
 *
 * <p>Its whole state is in its word, so any number of these objects made for the same word are one semaphore. A word
 * of 0 is a semaphore without permits; {@link #release(int)} adds the first ones. A permit has no owner: any thread
 * may release. Every value of the word is a state of a semaphore.
 *
 * <p>The semaphore is not fair. A thread that comes while there are enough permits takes them, although other threads
 * may have waited longer. Waiting threads are woken in the order in which they went to sleep. A thread that waits for
 * several permits takes all of them in one step or none. It does not keep permits that are too few for it from threads
 * that wait for fewer, so it may wait as long as such threads come.
 *
 * <p>A release does not touch the semaphore after the instant at which its permits can be taken, so the thread that
 * takes the last one may reuse the memory. A wake may still follow for the address; every thread that sleeps on words
 * must bear that anyway.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. For a wait that fails see
 * the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it released happens-before what a thread does after
 * it has acquired, by whichever object, and whichever permit it was.
 */
public final class FutexSemaphore extends FutexWord {

    /*
     * The word:
     *
     *      p >= 0        p permits
     *      ~p, negative  p permits, too few for each thread that sleeps, if a thread sleeps: CONTENDED
     *
     *      [1]  p -> p-n      acquire            ~p -> ~(p-n)
     *      [2]  p -> p+n      release            ~p -> p+n      and wake one thread
     *      [3]  p -> ~p       a thread that needs more is about to sleep; if p > 0, wake all others
     *      [4]  n -> ~0       [1] by a woken thread that takes the last permits
     *
     * A release knows from the value that it replaces whether to wake; it need not read the memory again, which may
     * have another owner by then (the race that glibc's sem_post had).
     *
     * A woken thread carries a token: the duty to see that no permit is left which a sleeping thread could use. Only
     * [2] of a CONTENDED word makes a token, so while one is on its way further releases wake no thread. Its carrier
     *
     *      takes the last permits              leaves ~0, so the next release makes a new token                    [4]
     *      takes some of more                  wakes the next thread, which carries the token from then on
     *      finds none, or too few              makes the word CONTENDED, or finds it so, and sleeps again          [3]
     *
     * In the last case other threads may need fewer. The thread that makes [3] with permits there wakes all that
     * sleep, and each looks for itself. It does so whether it carries the token or not, because the carrier that comes
     * later finds the word CONTENDED and takes the duty as done. Woken threads that find a CONTENDED word go to sleep
     * without a further wake, so the threads do not wake each other in turn: there is at most one [3] for one release.
     * With single permits there is none that wakes.
     *
     * No wake is lost: a thread is queued only while the word is ~p and p is too few for it. As long as the word is
     * CONTENDED, p does not grow. The release that lets it grow makes a token.
     *
     * A carrier cannot drop the token: it tries again before it gives up on account of time or an interrupt. If it
     * fails before, it wakes the next thread in its place.
     */

    private static final int ALL = Integer.MAX_VALUE;

    /**
     * The semaphore that lies in a word.
     *
     * @param table where its waiters wait
     * @param memory where the word lies
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexSemaphore(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /**
     * Takes a permit, and waits as long as that takes, unless the thread is interrupted first.
     *
     * @throws InterruptedException if the thread was interrupted and has not got a permit
     */
    public void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Takes permits in one step, and waits as long as that takes, unless the thread is interrupted first.
     *
     * @param permits how many, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     * @throws InterruptedException if the thread was interrupted and has not got the permits
     */
    public void acquire(int permits) throws InterruptedException {
        check(permits);
        Interrupts.check();
        if (!take(permits)) {
            acquireContended(permits, LockAttempt.interruptible(this));
        }
    }

    /**
     * Takes a permit, and waits as long as that takes. An interrupt stays pending and does not cost the thread its
     * place in the queue.
     */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /**
     * Takes permits in one step, and waits as long as that takes. An interrupt stays pending and does not cost the
     * thread its place in the queue.
     *
     * @param permits how many, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public void acquireUninterruptibly(int permits) {
        check(permits);
        if (!take(permits)) {
            Interrupts.never(() -> acquireContended(permits, LockAttempt.uninterruptible(this)));
        }
    }

    /**
     * Takes a permit if there is one.
     *
     * @return whether there was
     */
    public boolean tryAcquire() {
        return take(1);
    }

    /**
     * Takes permits in one step if there are enough.
     *
     * @param permits how many, not negative
     * @return whether there were; if not, none is taken
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public boolean tryAcquire(int permits) {
        check(permits);
        return take(permits);
    }

    /**
     * Takes a permit, unless a while passes or the thread is interrupted first.
     *
     * @param time how long, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether the thread has a permit
     * @throws InterruptedException if the thread was interrupted and has not got a permit
     */
    public boolean tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, time, unit);
    }

    /**
     * Takes permits in one step, unless a while passes or the thread is interrupted first.
     *
     * @param permits how many, not negative
     * @param time how long, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether the thread has the permits
     * @throws IllegalArgumentException if {@code permits} is negative
     * @throws InterruptedException if the thread was interrupted and has not got the permits
     */
    public boolean tryAcquire(int permits, long time, TimeUnit unit) throws InterruptedException {
        check(permits);
        requireNonNull(unit, "unit");
        Interrupts.check();
        return take(permits) || (time > 0 && acquireContended(permits, attempt(time, unit)));
    }

    /**
     * Takes all permits that there are, in one step.
     *
     * @return their number
     */
    public int drainPermits() {
        int word = load();
        for (int i = 0; permits(word) > 0 && !compareAndSet(word, with(word, 0)); word = load()) { // [1]
            i = failed(i);
        }
        return permits(word);
    }

    /** Adds a permit. */
    public void release() {
        release(1);
    }

    /**
     * Adds permits.
     *
     * @param permits how many, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     * @throws IllegalStateException if there would be more than 2<sup>31</sup> - 1; none are added then
     */
    public void release(int permits) {
        if (permits < 0) {
            throw new IllegalArgumentException(permits + " permits cannot be released");
        }
        if (permits == 0) {
            return;
        }
        int before = load();
        for (int i = 0; !compareAndSet(before, sum(before, permits)); before = load()) { // [2]
            i = failed(i);
        }
        if (isContended(before)) {
            wake(1);
        }
    }

    /** Returns the permits of a word and some more, and looks for the stack that a wake will need. */
    private static int sum(int word, int more) {
        if (isContended(word)) {
            StackGuard.checkDeep();
        }
        int permits = permits(word);
        if (more > Integer.MAX_VALUE - permits) {
            throw new IllegalStateException(more + " permits do not fit beside the " + permits + " that are there");
        }
        return permits + more;
    }

    /**
     * How many permits there are at the moment.
     *
     * @return their number
     */
    public int availablePermits() {
        return permits(load());
    }

    private static void check(int permits) {
        if (permits < 0) {
            throw new IllegalArgumentException(permits + " permits cannot be acquired");
        }
    }

    private boolean take(int n) {
        int i = 0;
        for (int word = load(); permits(word) >= n; word = load()) {
            if (n == 0 || compareAndSet(word, with(word, permits(word) - n))) { // [1]
                return true;
            }
            i = failed(i);
        }
        return false;
    }

    private boolean acquireContended(int n, LockAttempt attempt) throws InterruptedException {
        PreparedWait wait = null; // the last one: if it was woken, this thread carries a token
        boolean taken = false;
        try {
            while (true) {
                int word = load();
                int left = permits(word) - n;
                if (left >= 0) {
                    boolean token = !isContended(word) && wait != null && wait.poll() == WaitResult.WOKEN;
                    taken = compareAndSet(word, token && left == 0 ? ~0 : with(word, left)); // [1] [4]
                    if (taken) {
                        if (token && left > 0) {
                            wake(1);
                        }
                        return true;
                    }
                } else if (isContended(word) || expectSleepers(word)) {
                    wait = null; // the next release makes a new token
                    wait = prepare(isContended(word) ? word : ~word, WaitOptions.DEFAULT);
                    WaitResult end = attempt.await(wait, table.spinPolicy());
                    if (end == WaitResult.TIMED_OUT) {
                        return false;
                    }
                    if (end == WaitResult.WOKEN) {
                        continue; // with a token, which is used before time and interrupts count
                    }
                }
                if (!attempt.mayGoOn()) {
                    attempt.gaveUp();
                    if (wait != null) {
                        wait.forwardWake();
                    }
                    return false;
                }
            }
        } catch (Throwable e) {
            if (taken) {
                release(n);
            }
            if (wait != null) {
                wait.forwardWake();
            }
            throw e;
        }
    }

    /** Makes the word CONTENDED for a thread that is about to sleep; false if the word has changed. */
    private boolean expectSleepers(int word) {
        if (word > 0) {
            StackGuard.checkDeep();
        }
        boolean marked = compareAndSet(word, ~word); // [3]
        if (marked && word > 0) {
            wake(ALL);
        }
        return marked;
    }

    private static boolean isContended(int word) {
        return word < 0;
    }

    private static int permits(int word) {
        return isContended(word) ? ~word : word;
    }

    /** The word with another number of permits. */
    private static int with(int word, int permits) {
        return isContended(word) ? ~permits : permits;
    }

    /** Returns what this is, how many permits there are, whether threads may wait, and where its word lies. */
    @Override
    public String toString() {
        return describe("semaphore", word -> permits(word) + " permits" + (isContended(word) ? ", waiters" : ""));
    }
}
