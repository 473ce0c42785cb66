package org.jfutex;

/** How many may wait in a table and on a key. */
record WaiterLimits(int table, int key) {

    static final int NONE = Integer.MAX_VALUE;

    /**
     * Refuses one more waiter. It has been counted in already, so that of several who come at once none slips through; but for the last place they may all be refused. A
     * requeue counts its waiters in before it counts them out, so meanwhile they count twice. An exact number would be one more word that every waiter writes.
     */
    void check(Bucket[] buckets, WaitQueue queue) {
        if (queue.size >= key) {
            throw new TooManyWaitersException(queue.size + " wait on " + queue.key() + " already, the limit is " + key);
        }
        long waiters = 0;
        for (Bucket b : buckets) {
            waiters += b.waiters();
        }
        if (waiters > table) {
            throw new TooManyWaitersException((waiters - 1) + " wait in this table already, the limit is " + table);
        }
    }
}
