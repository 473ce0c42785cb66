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
        Predicate<FutexKey> inRange = FutexKey.within(memory, from, length);
        Census.visit(table.buckets, b -> {
            for (WaitQueue source : Census.matching(b, inRange)) {
                move(source, source.address - from + to);
            }
        });
    }

    @Override
    public void unmapped(FutexMemory memory, long from, long length) {
        Census.endAll(table.buckets, FutexKey.within(memory, from, length), null, WaitResult.UNMAPPED, true);
    }

    private void move(WaitQueue source, long address) {
        FutexKey key = source.key() instanceof PrivateKey
                ? new PrivateKey(source.memory, address)
                : new AnonymousKey(source.memory, address);
        long hash = table.hash(key);
        Bucket b = table.bucket(hash);
        WakeList ended = new WakeList();
        Bucket.lockBoth(source.bucket, b);
        try {
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
                    Requeue.moveLocked(w, source, target);
                    if (requeued) {
                        w.setQueueRelease(arrow);
                    }
                }
            }
        } finally {
            Bucket.unlockBoth(source.bucket, b);
            ended.tell();
        }
    }
}
