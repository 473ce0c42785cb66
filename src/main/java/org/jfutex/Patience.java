package org.jfutex;

import java.util.concurrent.ThreadLocalRandom;

/**
 * What a bucket has learned of its waits: whether it is worth while to watch for a wake before parking, and how.
 *
 * <p>All who wait read and write it, in no order: what may get lost is a lesson, not a wake. It is written only when there is something new.
 */
final class Patience {

    /*
     * Two platform threads that hand over to each other may want opposite things. On one processor, who waits must leave it, so it yields; on two, a yield is
     * a call of the system whose time is better spent looking. Nobody can ask where the other thread runs, but one sees when the wake comes: during the
     * looks, or during a yield. So there are looks between two yields, many after a wake that was seen by one, fewer after each that came in a yield.
     *
     * A virtual thread must not yield: its carrier would come back to it before it takes what comes from outside. It looks, for a microsecond or a few, which is
     * what parking would cost. Two that always saw their wakes would never leave their carriers to others, so one wait of a few parks all the same.
     */

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final int YIELDS = 50;

    static final int MOST_LOOKS = 64;
    static final int FEWEST_LOOKS = 1;

    /** After so many waits in a row that were watched in vain, only one of {@link #PROBE} is watched. */
    private static final int ENOUGH = 4;

    static final int PROBE = 32;

    /** One of so many waits of virtual threads parks in any case. */
    static final int REST = 16;

    private int looks = FEWEST_LOOKS;
    private int vain;

    /**
     * Watches for the end of a wait for a while, unless that is likely to be in vain; says whether it came.
     *
     * @param queued how many wait in the same queue: more than the processors can be woken by one wake, or come one after the other, and cannot all watch
     */
    boolean watch(PendingWait<?> wait, int queued) {
        int before = vain;
        if (queued > PROCESSORS
                || (before == ENOUGH && ThreadLocalRandom.current().nextInt(PROBE) != 0)) {
            return false;
        }
        boolean virtual = Polling.isVirtual(Thread.currentThread());
        if (virtual && ThreadLocalRandom.current().nextInt(REST) == 0) {
            return false;
        }
        boolean came = virtual ? look(wait, MOST_LOOKS) : lookAndYield(wait);
        int now = came ? 0 : Math.min(before + 1, ENOUGH);
        if (now != before) {
            vain = now;
        }
        return came;
    }

    private static boolean look(PendingWait<?> wait, int times) {
        for (int i = 0; i < times; i++) {
            if (wait.ended() != null) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    @SuppressWarnings("ThreadPriorityCheck") // a yield is all the chance that the waker may need
    private boolean lookAndYield(PendingWait<?> wait) {
        int many = looks;
        for (int i = 0; i < YIELDS; i++) {
            boolean seen = look(wait, many);
            if (!seen) {
                Thread.yield();
            }
            if (seen || wait.ended() != null) {
                int now = learned(many, seen);
                if (now != many) {
                    looks = now;
                }
                return true;
            }
        }
        return false;
    }

    /** How many looks come before the next yield, after so many at the last wake that came. */
    static int learned(int looks, boolean seenByOne) {
        return seenByOne ? MOST_LOOKS : Math.max(FEWEST_LOOKS, looks - looks / 4 - 1);
    }
}
