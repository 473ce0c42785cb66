package org.jfutex;

import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/**
 * Moves waiters from one word to another without waking them: FUTEX_REQUEUE and FUTEX_CMP_REQUEUE.
 *
 * <p>A moved waiter keeps its bitset, its deadline and its priority. Operations that remove it later find it in its new
 * queue.
 */
final class Requeue {

    private final Buckets table;
    private final FutexMemory memory;
    private final WordSize size;
    private final FutexKey sourceKey;
    private final FutexKey targetKey;
    private final long sourceHash;
    private final long targetHash;
    private final long from;
    private final long to;

    Requeue(Buckets table, FutexMemory memory, long from, FutexKey source, long to, FutexKey target, WordSize size) {
        this.table = table;
        this.memory = memory;
        this.size = size;
        this.from = from;
        this.to = to;
        this.sourceKey = source;
        this.targetKey = target;
        this.sourceHash = table.hash(source);
        this.targetHash = table.hash(target);
    }

    /** Wakes and moves waiters, if the source word holds the expected value or the expected value is null. */
    RequeueResult run(int wake, int move, @Nullable Long expected) {
        RequeueResult result;
        while ((result = tryRun(wake, move, expected)) == null) {
            table.scans.awaitOpen();
        }
        return result;
    }

    /** Tries to requeue. Returns null, and has done nothing, if a scan has suspended requeues. */
    private @Nullable RequeueResult tryRun(int wake, int move, @Nullable Long expected) {
        Bucket b1 = table.bucket(sourceHash);
        Bucket b2 = table.bucket(targetHash);
        WakeList woken = new WakeList();
        int moved;
        Bucket.lockBoth(b1, b2);
        try {
            if (table.scans.isClosedLocked()) {
                return null;
            }
            b2.addWaitersLocked(1); // (A) for wakers of the target, while this thread decides
            try {
                if (expected != null && memory.load(from, size) != expected) {
                    return RequeueResult.VALUE_DIFFERED;
                }
                moved = moveLocked(b1, b2, wake, move, woken);
            } finally {
                b2.removeWaitersLocked(1);
            }
        } finally {
            woken.unlockAndNotify(b1, b2);
        }
        JfrRecorder.requeue(sourceKey, targetKey, woken.count(), moved);
        return new RequeueResult(false, woken.count(), moved);
    }

    private int moveLocked(Bucket b1, Bucket b2, int wake, int move, WakeList woken) {
        WaitQueue source = b1.findLocked(sourceKey, sourceHash);
        if (source == null) {
            return 0;
        }
        WaitQueue target = b2.findLocked(targetKey, targetHash);
        if (target == null) { // now, since the allocation may fail
            target = new WaitQueue(targetKey, targetHash, b2, memory, to);
        }
        while (woken.count() < wake && source.head != null) {
            woken.wakeLocked(source, plain(source, source.head));
        }
        if (source.head == null || move == 0) {
            return 0;
        }
        if (source == target) {
            return countLocked(source, move); // they are queued there already
        }
        int size = source.size;
        if (size <= move && source.forwardAllLocked(target)) {
            return size;
        }
        WaitQueue forwarding = target.forwardingNode();
        int moved = 0;
        while (moved < move && source.head != null) {
            Waiter w = plain(source, source.head);
            moveLocked(w, source, target);
            w.setQueueRelease(forwarding);
            moved++;
        }
        return moved;
    }

    /** Moves one waiter behind those of its priority in the target. */
    static void moveLocked(Waiter w, WaitQueue source, WaitQueue target) {
        source.removeLocked(w);
        target.bucket.addWaitersLocked(1);
        target.bucket.movedLocked();
        target.addLocked(w);
        source.bucket.removeWaitersLocked(1);
    }

    private static int countLocked(WaitQueue queue, int most) {
        if (queue.nonPlainCount == 0) {
            return Math.min(queue.size, most);
        }
        int count = 0;
        for (Waiter w = queue.head; w != null && count < most; w = w.next) {
            plain(queue, w);
            count++;
        }
        return count;
    }

    private static Waiter plain(WaitQueue queue, Waiter w) {
        if (w.kind() != Waiter.Kind.PLAIN) {
            throw new MixedWaitersException(queue);
        }
        return w;
    }
}
