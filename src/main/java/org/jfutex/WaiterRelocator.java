package org.jfutex;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.PrivateKey;

/** Moves the waiters of a range when the range moves, and ends their waits when it is unmapped. */
final class WaiterRelocator implements MappingListener {

    private static final long PAUSE = 1_000_000;

    private final PiTable table;

    WaiterRelocator(PiTable table) {
        this.table = table;
    }

    @Override
    public void moved(FutexMemory memory, long from, long length, long to) {
        if (Long.compareUnsigned(to - from, length) < 0 || Long.compareUnsigned(from - to, length) < 0) {
            throw new IllegalArgumentException("0x" + Long.toHexString(length) + " bytes from 0x"
                    + Long.toHexString(from) + " overlap those from 0x" + Long.toHexString(to));
        }
        while (!isMoved(memory, from, length, to)) {
            LockSupport.parkNanos(PAUSE);
        }
    }

    @Override
    public void unmapped(FutexMemory memory, long from, long length) {
        while (!isUnmapped(memory, from, length)) {
            LockSupport.parkNanos(PAUSE);
        }
    }

    /*
     * The mapping has changed already. A waiter that a scan has not reached would stay at an address where no wake
     * finds it. So a scan that runs out of memory is repeated until it is complete. It skips what an earlier run has
     * done.
     */

    /** Moves the waiters of a range. Returns false if memory was missing. */
    private boolean isMoved(FutexMemory memory, long from, long length, long to) {
        try {
            new Move(FutexKey.within(memory, from, length), to - from).run(table.buckets, true);
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /** Ends the waits of a range. Returns false if memory was missing. */
    private boolean isUnmapped(FutexMemory memory, long from, long length) {
        try {
            WaiterScan.endAll(table.buckets, FutexKey.within(memory, from, length), null, WaitResult.UNMAPPED, true);
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /**
     * Moves the waiters of a range, in steps of at most {@link ScanCursor#MOST}; the waiters for a lock all at once.
     */
    private final class Move extends TableScan {

        private final Predicate<FutexKey> inRange;
        private final long by;
        private WakeList ended = new WakeList();

        Move(Predicate<FutexKey> inRange, long by) {
            this.inRange = inRange;
            this.by = by;
        }

        @Override
        boolean concerns(WaitQueue q) {
            return inRange.test(q.key());
        }

        @Override
        void visit(WaitQueue source) {
            long address = source.address + by;
            FutexKey key = movedKey(source, address);
            long hash = table.hash(key);
            Bucket b = table.bucket(hash);
            int left = Integer.MAX_VALUE; // after the first step: the waiters that were queued then
            while (left > 0) {
                boolean open;
                Bucket.lockBoth(source.bucket, b);
                try {
                    open = !table.scans.isClosedLocked();
                    if (open) {
                        left = Math.min(left, source.size);
                        left -= moveLocked(source, key, hash, address);
                    }
                } finally {
                    try {
                        Bucket.unlockBoth(source.bucket, b);
                    } finally {
                        finishIfOpen();
                    }
                }
                if (!open) {
                    table.scans.awaitOpen();
                }
            }
        }

        private int moveLocked(WaitQueue source, FutexKey key, long hash, long address) {
            Bucket b = table.bucket(hash);
            WaitQueue target = b.findLocked(key, hash);
            if (target == null) {
                target = new WaitQueue(key, hash, b, source.memory, address);
            }
            WaitQueue forwarding = target.forwardingNode();
            int most = source.pi == null ? ScanCursor.MOST : Integer.MAX_VALUE; // a lock moves with all its waiters
            boolean lockFollows = table.inheritance.followLocked(source, target);
            int moved = 0;
            for (Waiter w = source.head; w != null && moved < most; w = source.head) {
                if (w.kind() == Waiter.Kind.LOCK_PI && !lockFollows) {
                    w.endLocked(source, WaitResult.UNMAPPED); // another lock was there first
                    ended.addEnded(w);
                } else {
                    boolean requeued = w.queue() != source;
                    if (w instanceof PiWaiter p && p.kind == Waiter.Kind.LOCK_PI) {
                        p.address += address - source.address;
                    }
                    Requeue.moveLocked(w, source, target);
                    if (requeued) {
                        w.setQueueRelease(forwarding);
                    }
                }
                moved++;
            }
            table.scans.held(moved);
            return moved;
        }

        @Override
        void finish() {
            WakeList list = ended;
            ended = new WakeList();
            list.notifyAllEnded();
        }
    }

    private static FutexKey movedKey(WaitQueue source, long address) {
        return source.key() instanceof PrivateKey
                ? new PrivateKey(source.memory, address)
                : new AnonymousKey(source.memory, address);
    }
}
