package org.jfutex;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Decides whether a waiter spins before it parks, from what the earlier waits of its bucket gained or lost by spinning.
 *
 * <p>Waiters update these fields without synchronization. A lost update makes the heuristic slightly worse; it never
 * loses a wake.
 */
class AdaptiveSpin {

    /*
     * A waiter that spins keeps its processor. If the waker runs on another processor, the wake comes soon and both
     * threads save a park and an unpark. If the waker needs this processor, or does not run, the spin is lost time. A
     * waiter cannot know which is true, but it can measure. It never yields: on a busy machine a yield puts the thread
     * behind all busy threads, whereas an unparked thread is scheduled ahead of them.
     *
     * The bucket has an account of time, in nanoseconds:
     *
     *      credit > 0   OPEN     waiters spin for the full time, or for the brief one if the last wake came within it
     *      credit == 0  CLOSED   waiters park at once until the pause is over; then one probes for the full time
     *
     *      OPEN   -> OPEN     the wake came within the budget: credit grows by what parking would have cost
     *      OPEN   -> OPEN     it did not: credit falls by the time that the spin took
     *      OPEN   -> CLOSED   credit has fallen to 0
     *      CLOSED -> OPEN     a probe saw a wake within its budget
     *      CLOSED -> CLOSED   it did not: the next pause is twice as long
     *
     * Only time counts. A wake that was seen after the budget is a loss, because the thread was preempted in between,
     * or its waker was. A preempted spin costs milliseconds and closes the bucket at once. A pause lasts a multiple of
     * what was lost, so lost spins take a bounded share of the time, however long each took.
     */

    /** The limits of one kind of threads, in nanoseconds; their proportions are what matters. */
    enum Budget {
        /** An idle processor takes tens of microseconds to wake up, on a virtual machine. */
        PLATFORM(10_000, 50_000, 20_000, 200_000, 128),
        /** Parking takes less than a microsecond, and the thread keeps its carrier from others while it spins. */
        VIRTUAL(4_000, 4_000, 2_000, 32_000, 32);

        /** How long a waiter spins if the last wake came within this time. */
        final long brief;

        /** How long a waiter spins otherwise. */
        final long full;

        /** The gain of a spin that sees a wake: about the cost of a park and an unpark. */
        final long gain;

        /** The maximum credit; the first wake that a probe has seen sets credit to half of it. */
        final long most;

        /** The maximum factor of the pauses. */
        final int lastFactor;

        Budget(long brief, long full, long gain, long most, int lastFactor) {
            this.brief = brief;
            this.full = full;
            this.gain = gain;
            this.most = most;
            this.lastFactor = lastFactor;
        }
    }

    /**
     * The initial factor. A pause is the loss times a factor. The factor doubles with each pause, and is reset when
     * credit reaches its maximum.
     */
    static final int FIRST_FACTOR = 8;

    /** The longest pause, in nanoseconds: a thread may have been suspended while it spun. */
    static final long LONGEST_PAUSE = 1_000_000_000;

    /** While the bucket is closed, one of this many waits reads the clock. */
    static final int GLANCE = 4;

    /**
     * One of this many waits of virtual threads parks in any case. Otherwise two of them could keep their carriers from
     * all others.
     */
    static final int REST = 16;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    static {
        int unused =
                ThreadLocalRandom.current().nextInt(); // initialized now, because a waiter that calls random is queued
    }

    private long credit = Budget.PLATFORM.most / 2;
    private int factor = FIRST_FACTOR;
    private boolean quick; // whether the last wake came within the brief time
    private long pauseEnd; // of the clock below; counts while credit is 0

    /**
     * Spins briefly, unless success is unlikely. An interrupt ends the spin and stays pending.
     *
     * @param wait the wait, which is queued
     * @param queued the number of waiters in the queue; if there are more than processors, they cannot all spin
     * @return whether the wait has ended
     */
    boolean watch(WaitEnd<?> wait, int queued) {
        return watch(wait, queued, SpinPolicy.isVirtual(Thread.currentThread()));
    }

    boolean watch(WaitEnd<?> wait, int queued, boolean virtual) {
        if (queued > PROCESSORS || (credit == 0 && isPausing()) || (virtual && random(REST) == 0)) {
            return false;
        }
        return spin(wait, virtual ? Budget.VIRTUAL : Budget.PLATFORM);
    }

    private boolean isPausing() {
        return random(GLANCE) != 0 || now() - pauseEnd < 0;
    }

    private boolean spin(WaitEnd<?> wait, Budget of) {
        Thread me = Thread.currentThread();
        long limit = quick && credit > 0 ? of.brief : of.full;
        long begin = now();
        while (true) {
            long took = now() - begin; // read before the end, so that a late wake is never taken for an early one
            boolean ended = wait.ended() != null;
            if (took >= limit) {
                lose(of, begin, took);
                return ended;
            }
            if (ended) {
                gain(of, took);
                return true;
            }
            if (me.isInterrupted()) {
                return false;
            }
            Thread.onSpinWait();
        }
    }

    private void gain(Budget of, long took) {
        long before = credit;
        long more = Math.min(Math.max(before + of.gain, of.most / 2), Math.max(before, of.most));
        if (more != before) { // most waits change nothing
            credit = more;
        }
        if (more >= of.most && factor != FIRST_FACTOR) {
            factor = FIRST_FACTOR;
        }
        boolean soon = took < of.brief;
        if (quick != soon) {
            quick = soon;
        }
    }

    private void lose(Budget of, long begin, long took) {
        long less = Math.max(0, credit - took);
        if (less == 0) {
            int times = factor;
            pauseEnd = begin + took + Math.min(times * Math.max(took, of.full), LONGEST_PAUSE);
            factor = Math.min(2 * times, of.lastFactor);
        }
        credit = less;
        quick = false;
    }

    /** Returns the time in nanoseconds. It is not the table's time, and is used only to measure spins. */
    long now() {
        return System.nanoTime();
    }

    /** Returns a random number from 0 to {@code bound - 1}. */
    int random(int bound) {
        return ThreadLocalRandom.current().nextInt(bound);
    }
}
