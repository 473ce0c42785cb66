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
 * A counting semaphore in four bytes: it holds a number of permits, which threads acquire and release.
 *
 * <p>Its whole state is in its word, so any number of these objects made for the same word are one semaphore. A word
 * of 0 is a semaphore without permits; {@link #release(int)} adds the first ones. A permit has no owner: any thread
 * may release. Every value of the word is a state of a semaphore.
 *
 * <p>The semaphore is not fair. A thread that arrives while there are enough permits takes them, even if other threads
 * have waited longer. Waiting threads are woken in the order in which they went to sleep. A thread that waits for
 * several permits takes all of them in one step or none. While the permits are too few for it, threads that need fewer
 * permits may take them. Such threads can delay it without limit.
 *
 * <p>A release does not touch the semaphore after the instant at which its permits can be taken, so the thread that
 * takes the last one may reuse the memory. A wake for the address may still follow. Threads that sleep on words must
 * expect such wakes in any case.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. For a wait that fails see
 * the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it released happens-before what a thread does after it
 * has acquired any permit, through any of the objects.
 */
public final class FutexSemaphore extends FutexWord {

    /*
     * The word:
     *
     *      p >= 0        p permits
     *      ~p, negative  CONTENDED: p permits, and a thread may sleep; p is too few for each sleeping thread
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
     * In the last case other threads may need fewer permits. A thread that does [3] while p > 0 wakes all sleeping
     * threads, and each of them reads the word. It does so whether it carries the token or not, because a carrier that
     * comes later finds the word CONTENDED and has nothing to do. Woken threads that find a CONTENDED word sleep again
     * without another wake, so the threads do not wake each other in turn: there is at most one [3] for each release.
     * If all threads need one permit, no [3] wakes a thread.
     *
     * No wake is lost: a thread is queued only while the word is ~p and p is too few for it. As long as the word is
     * CONTENDED, p does not grow. The release that lets it grow makes a token.
     *
     * A carrier cannot lose the token. A woken thread tries to acquire once more before it checks its deadline and
     * interrupts. If an exception prevents that, it forwards the wake to the next thread.
     */

    private static final int ALL = Integer.MAX_VALUE;

    /**
     * Creates a handle of the semaphore in a word.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the word
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexSemaphore(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /**
     * Acquires a permit, waiting until the thread is interrupted.
     *
     * @throws InterruptedException if the thread was interrupted and has not acquired a permit
     */
    public void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Acquires permits in one step, waiting until the thread is interrupted.
     *
     * @param permits the number of permits, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     * @throws InterruptedException if the thread was interrupted and has not acquired the permits
     */
    public void acquire(int permits) throws InterruptedException {
        check(permits);
        Interrupts.check();
        if (!take(permits)) {
            acquireContended(permits, LockAttempt.interruptible(this));
        }
    }

    /**
     * Acquires a permit, waiting without limit. An interrupt stays pending, and the thread keeps its position in the
     * queue.
     */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /**
     * Acquires permits in one step, waiting without limit. An interrupt stays pending, and the thread keeps its
     * position in the queue.
     *
     * @param permits the number of permits, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public void acquireUninterruptibly(int permits) {
        check(permits);
        if (!take(permits)) {
            Interrupts.uninterruptibly(() -> acquireContended(permits, LockAttempt.uninterruptible(this)));
        }
    }

    /**
     * Acquires a permit if one is available, without waiting.
     *
     * @return whether a permit was acquired
     */
    public boolean tryAcquire() {
        return take(1);
    }

    /**
     * Acquires permits in one step if enough are available, without waiting.
     *
     * @param permits the number of permits, not negative
     * @return whether the permits were acquired; if not, none is taken
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public boolean tryAcquire(int permits) {
        check(permits);
        return take(permits);
    }

    /**
     * Acquires a permit, waiting until the time has passed or the thread is interrupted.
     *
     * @param time the maximum time to wait, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether a permit was acquired
     * @throws InterruptedException if the thread was interrupted and has not acquired a permit
     */
    public boolean tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, time, unit);
    }

    /**
     * Acquires permits in one step, waiting until the time has passed or the thread is interrupted.
     *
     * @param permits the number of permits, not negative
     * @param time the maximum time to wait, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether the permits were acquired
     * @throws IllegalArgumentException if {@code permits} is negative
     * @throws InterruptedException if the thread was interrupted and has not acquired the permits
     */
    public boolean tryAcquire(int permits, long time, TimeUnit unit) throws InterruptedException {
        check(permits);
        requireNonNull(unit, "unit");
        Interrupts.check();
        return take(permits) || (time > 0 && acquireContended(permits, attempt(time, unit)));
    }

    /**
     * Takes all available permits in one step.
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
     * @param permits the number of permits, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     * @throws IllegalStateException if the semaphore would hold more than 2<sup>31</sup> - 1 permits; none are added
     *     then
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

    /** Returns the sum of the permits of a word and {@code more}, after a check of the stack if a wake will follow. */
    private static int sum(int word, int more) {
        if (isContended(word)) {
            StackGuard.checkCall();
        }
        int permits = permits(word);
        if (more > Integer.MAX_VALUE - permits) {
            throw new IllegalStateException(more + " more permits than the present " + permits + " exceed the maximum");
        }
        return permits + more;
    }

    /**
     * Returns the number of available permits.
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
        PreparedWait wait = null; // the last wait: if it was woken, this thread carries a token
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
                        continue; // with a token: try again before time and interrupts are checked
                    }
                }
                if (!attempt.mayContinue()) {
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

    /** Makes the word CONTENDED for a thread that is about to sleep. Returns false if the word has changed. */
    private boolean expectSleepers(int word) {
        if (word > 0) {
            StackGuard.checkCall();
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

    /** Returns the word with another number of permits. */
    private static int with(int word, int permits) {
        return isContended(word) ? ~permits : permits;
    }

    /** Returns a description: the number of permits, whether threads may wait, and the word's address and memory. */
    @Override
    public String toString() {
        return describe("semaphore", word -> permits(word) + " permits" + (isContended(word) ? ", waiters" : ""));
    }
}
