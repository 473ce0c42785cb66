package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.Headroom;

/**
 * A semaphore in four bytes: a number of permits, of which threads take one each and wait if there is none.
 *
 * <p>Everything that it knows is in its word, so any number of these objects made for the same word are one semaphore. A word of 0
 * is a semaphore without permits; {@link #release(int)} gives it the first ones. Permits belong to nobody: any thread may release.
 *
 * <p>The semaphore is not fair: who comes while there is a permit takes it, though others may have waited longer. Those who wait
 * are woken in the order in which they went to sleep.
 *
 * <p>A release touches nothing of the semaphore after the instant at which its permits can be taken, so who takes the last one may
 * reuse its memory. A wake may yet follow for the address, which everybody who sleeps on words must bear anyway.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. For a wait that fails see the {@linkplain
 * org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it released happens-before what a thread does after it has
 * acquired, by whichever object, and whichever permit it was.
 */
public final class FutexSemaphore extends FutexWord {

    /*
     * The word:
     *
     *      n > 0   n permits
     *      0       none
     *      -1      none, and somebody may sleep
     *
     *      n -> n-1         acquire                         n -> n+k     release
     *      1 -> -1          ... by one who was woken        -1 -> k      release, and wake one
     *      0 -> -1          one who is about to sleep
     *
     * A release says by the value that it replaces whether somebody must be woken; it need not look at the memory again (the
     * race that glibc's sem_post had with the memory's next owner).
     *
     * Whoever is woken carries a token: the duty to see that no permit lies there while others sleep. Only a release that
     * replaces -1 makes one, so while a token is on its way further releases wake nobody. Its carrier passes the duty on:
     *
     *      it takes the last permit        it leaves -1, so the next release makes a new token
     *      it takes one of several         it wakes the next one, who carries the token from then on
     *      it finds none                   it leaves -1 and sleeps again
     *
     * It cannot drop it: who was woken tries again before it gives up on account of time or an interrupt, and if it fails before, the next
     * one is woken in its place.
     */

    private static final int NONE = 0;
    private static final int CONTENDED = -1;

    /**
     * The semaphore that lies in a word.
     *
     * @param table where its waiters wait
     * @param memory where the word lies
     * @param address the word, a multiple of 4
     * @param scope whether only this memory's threads use it, or everybody who maps the word
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
        Interrupts.check();
        if (!tryAcquire()) {
            acquireContended(Deadline.NEVER);
        }
    }

    /** Takes a permit, and waits as long as that takes. An interrupt stays pending meanwhile. */
    public void acquireUninterruptibly() {
        if (!tryAcquire()) {
            Interrupts.defer(() -> acquireContended(Deadline.NEVER));
        }
    }

    /**
     * Takes a permit if there is one.
     *
     * @return whether there was
     */
    public boolean tryAcquire() {
        for (int n = load(); n > 0; n = load()) {
            if (compareAndSet(n, n - 1)) {
                return true;
            }
        }
        return false;
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
        requireNonNull(unit, "unit");
        Interrupts.check();
        return tryAcquire() || (time > 0 && acquireContended(deadline(time, unit)));
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
        int before;
        do {
            before = load();
            if (before == CONTENDED) {
                Headroom.requireBelow();
            }
            if (permits > Integer.MAX_VALUE - Math.max(before, NONE)) {
                throw new IllegalStateException(
                        permits + " permits do not fit beside the " + before + " that are there");
            }
        } while (permits > 0 && !compareAndSet(before, Math.max(before, NONE) + permits));
        if (permits > 0 && before == CONTENDED) {
            wake(1);
        }
    }

    /**
     * How many permits there are at the moment.
     *
     * @return their number
     */
    public int availablePermits() {
        return Math.max(load(), NONE);
    }

    private boolean acquireContended(Deadline deadline) throws InterruptedException {
        PreparedWait wait = null; // the last one: if it was woken, this thread carries a token
        boolean taken = false;
        try {
            for (; ; ) {
                int n = load();
                if (n > 0) {
                    boolean token = wait != null && wait.poll() == WaitResult.WOKEN;
                    taken = compareAndSet(n, token && n == 1 ? CONTENDED : n - 1);
                    if (taken) {
                        if (token && n > 1) {
                            wake(1);
                        }
                        return true;
                    }
                } else if (n == CONTENDED || compareAndSet(NONE, CONTENDED)) {
                    wait = null; // the next release makes a new token
                    wait = prepare(CONTENDED, WaitOptions.DEFAULT);
                    if (wait.await(deadline) == WaitResult.TIMED_OUT) {
                        return false;
                    }
                }
            }
        } catch (Throwable e) {
            if (taken) {
                release();
            }
            if (wait != null) {
                wait.passOn();
            }
            throw e;
        }
    }

    @Override
    public String toString() {
        return "semaphore in " + super.toString();
    }
}
