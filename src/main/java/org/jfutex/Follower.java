package org.jfutex;

import java.util.function.Predicate;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.PrivateKey;

/** Takes the waiters of a range along when the range moves, and sends them home when it goes away. */
final class Follower implements MappingListener {

    private final FutexTable table;

    Follower(FutexTable table) {
        this.table = table;
    }

    @Override
    public void moved(FutexMemory memory, long from, long length, long to) {
        if (Long.compareUnsigned(to - from, length) < 0 || Long.compareUnsigned(from - to, length) < 0) {
            throw new IllegalArgumentException("0x" + Long.toHexString(length) + " bytes from 0x"
                    + Long.toHexString(from) + " overlap those from 0x" + Long.toHexString(to));
        }
        Predicate<FutexKey> inRange = FutexKey.within(memory, from, length);
        boolean settled = Census.visit(table.buckets, b -> {
            for (WaitQueue source : Census.matching(b, inRange)) {
                move(source, source.address - from + to);
            }
        });
        if (!settled) {
            moveAllAtOnce(inRange, to - from);
        }
    }

    /** Moves those who have been requeued all the while. */
    private void moveAllAtOnce(Predicate<FutexKey> inRange, long by) {
        WakeList ended = new WakeList();
        Bucket.lockAll(table.buckets);
        try {
            for (Bucket b : table.buckets) {
                for (WaitQueue source : b.queuesLocked()) {
                    if (inRange.test(source.key())) {
                        moveLocked(source, movedKey(source, source.address + by), source.address + by, ended);
                    }
                }
            }
        } finally {
            Bucket.unlockAll(table.buckets);
            ended.tell();
        }
    }

    @Override
    public void unmapped(FutexMemory memory, long from, long length) {
        Census.endAll(table.buckets, FutexKey.within(memory, from, length), null, WaitResult.UNMAPPED, true);
    }

    private void move(WaitQueue source, long address) {
        FutexKey key = movedKey(source, address);
        Bucket b = table.bucket(table.hash(key));
        WakeList ended = new WakeList();
        Bucket.lockBoth(source.bucket, b);
        try {
            moveLocked(source, key, address, ended);
        } finally {
            Bucket.unlockBoth(source.bucket, b);
            ended.tell();
        }
    }

    private void moveLocked(WaitQueue source, FutexKey key, long address, WakeList ended) {
        long hash = table.hash(key);
        Bucket b = table.bucket(hash);
        WaitQueue target = b.findLocked(key, hash);
        if (target == null) {
            target = new WaitQueue(key, hash, b, source.memory, address);
        }
        WaitQueue arrow = target.arrow();
        boolean lockFollows = table.inheritance.followLocked(source, target);
        for (Waiter w = source.head; w != null; w = source.head) {
            if (w.kind() == Waiter.Kind.LOCK_PI && !lockFollows) {
                w.endLocked(source, WaitResult.UNMAPPED); // another lock has come there first
                ended.addEnded(w);
            } else {
                boolean requeued = w.queue() != source;
                if (w instanceof PiWaiter p && p.kind == Waiter.Kind.LOCK_PI) {
                    p.address += address - source.address;
                }
                Requeue.moveLocked(w, source, target);
                if (requeued) {
                    w.setQueueRelease(arrow);
                }
            }
        }
    }

    private static FutexKey movedKey(WaitQueue source, long address) {
        return source.key() instanceof PrivateKey
                ? new PrivateKey(source.memory, address)
                : new AnonymousKey(source.memory, address);
    }
}
