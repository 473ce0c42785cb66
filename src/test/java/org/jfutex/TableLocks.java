package org.jfutex;

import java.util.ArrayList;
import java.util.List;

/** Holds all locks of a table and lists whole buckets, which no operation of the library does. */
final class TableLocks {

    private TableLocks() {}

    /** Locks all buckets of a table, in their order. */
    static void lockAll(FutexTable table) {
        for (Bucket b : table.buckets) {
            b.lock();
        }
    }

    static void unlockAll(FutexTable table) {
        for (Bucket b : table.buckets) {
            b.unlock();
        }
    }

    /** Lists all queues of a bucket. */
    static List<WaitQueue> queuesLocked(Bucket b) {
        List<WaitQueue> all = new ArrayList<>();
        for (long from = 0; from < Bucket.END; ) {
            from = b.copyQueuesLocked(from, all, Integer.MAX_VALUE);
        }
        return all;
    }
}
