package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;

/**
 * Wakes waiters of one word, or of two words of which one is modified: locks, selects waiters, unlocks, and notifies
 * them.
 */
final class Wake {

    private Wake() {}

    /** Checks the arguments of a wake, and returns the hash that selects the bucket. */
    static long checkedHash(Buckets table, FutexMemory memory, long address, Scope scope, int count) {
        Preconditions.count(count);
        Preconditions.aligned(address, Integer.BYTES);
        long hash;
        if (scope == Scope.PRIVATE) {
            Preconditions.userAddress(memory, address);
            hash = PrivateKey.hash(memory, address);
        } else {
            requireNonNull(scope, "scope");
            hash = memory.sharedHash(address, Access.READ);
        }
        return table.scatter(hash);
    }

    /**
     * Wakes waiters in a bucket that is not empty. It resolves the key only here, since a wake without waiters needs
     * none.
     */
    static int queued(Buckets table, FutexMemory memory, long address, Scope scope, int count) {
        FutexKey shared = scope == Scope.SHARED ? memory.sharedKey(address, Access.READ) : null;
        long hash = table.scatter(shared == null ? PrivateKey.hash(memory, address) : shared.hash());
        Bucket b = table.bucket(hash);
        WakeList woken = new WakeList();
        WaitQueue q;
        b.lock();
        try {
            q = b.findLocked(memory, address, shared, hash);
            if (q != null) {
                woken.wakeLocked(q, count, WaitOptions.MATCH_ANY);
            }
        } finally {
            woken.unlockAndNotify(b);
        }
        if (q != null) {
            JfrRecorder.wake(q, woken.count());
        }
        return woken.count();
    }

    /** Wakes waiters of a key whose bitset intersects the given one. */
    static int queued(Bucket b, FutexKey key, long hash, int count, int bitset) {
        WakeList woken = new WakeList();
        b.lock();
        try {
            woken.wakeLocked(b, key, hash, count, bitset);
        } finally {
            woken.unlockAndNotify(b);
        }
        JfrRecorder.wake(key, woken.count());
        return woken.count();
    }

    /** Implements {@link FutexTable#wakeOp}. */
    static int andChange(
            Buckets table,
            FutexMemory memory,
            long address,
            long changed,
            Scope scope,
            int count,
            int conditional,
            WakeOp op) {
        Preconditions.count(count);
        Preconditions.count(conditional);
        FutexKey key1 = table.key(memory, address, scope, WordSize.U32, Access.READ);
        FutexKey key2 = table.key(memory, changed, scope, WordSize.U32, Access.WRITE);
        long hash1 = table.hash(key1);
        long hash2 = table.hash(key2);
        Bucket b1 = table.bucket(hash1);
        Bucket b2 = table.bucket(hash2);
        WakeList woken = new WakeList();
        int first;
        Bucket.lockBoth(b1, b2);
        try {
            int before = op.applyTo(memory, changed);
            woken.wakeLocked(b1, key1, hash1, count, WaitOptions.MATCH_ANY);
            first = woken.count();
            if (op.holds(before)) {
                woken.wakeLocked(b2, key2, hash2, conditional, WaitOptions.MATCH_ANY);
            }
        } finally {
            woken.unlockAndNotify(b1, b2);
        }
        JfrRecorder.wake(key1, first);
        JfrRecorder.wake(key2, woken.count() - first);
        return woken.count();
    }
}
