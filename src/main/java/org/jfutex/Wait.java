package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/** Begins a wait on one word: looks at the word, locks, looks again and queues; and sleeps, if that is wanted. */
final class Wait {

    /*
     * The first look is without the lock, since it may well be the last. It is at a moment of the call, and that the word holds another value then is an answer.
     * The second look is under the lock and behind the announcement, see (A) in Bucket.
     */

    private Wait() {}

    /** Whether the word holds another value. Who asks for a wait asks this first, in his own code, so that a wait that need not sleep is small enough to be inlined. */
    static boolean differs(FutexMemory memory, long address, Scope scope, int expected) {
        Preconditions.aligned(address, Integer.BYTES);
        checkNamed(memory, address, scope);
        return memory.load(address) != expected;
    }

    /** The same of a word of any size. */
    static boolean differs(FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        Preconditions.value(expected, options.size());
        Preconditions.aligned(address, options.size());
        checkNamed(memory, address, scope);
        return memory.load(address, options.size()) != expected;
    }

    /** Refuses what cannot be named, before the word is looked at: a private name is always there, and reading the word tells the rest. */
    private static void checkNamed(FutexMemory memory, long address, Scope scope) {
        if (scope != Scope.PRIVATE) {
            requireNonNull(scope, "scope");
            memory.sharedHash(address, Access.READ);
        }
    }

    /** Sleeps, unless the word {@link #differs} by now. */
    static WaitResult await(
            FutexTable table,
            FutexMemory memory,
            long address,
            Scope scope,
            long expected,
            WaitOptions options,
            Deadline deadline)
            throws InterruptedException {
        Deadline end = deadline.started(table.clock); // not later: the way to sleep may be cold
        SpinPolicy before = table.spinPolicy.effectiveFor(deadline);
        Thread sleeper = before == SpinPolicy.NONE ? Thread.currentThread() : null; // who polls should not be unparked
        Waiter w = enqueued(table, memory, address, scope, expected, options, sleeper);
        if (w == null) {
            return WaitResult.VALUE_DIFFERS;
        }
        try {
            return w.spinThenSleep(end, before);
        } catch (Throwable e) {
            w.tryEnd(WaitResult.CANCELLED);
            w.forwardWake(); // the caller will never know that a wake has chosen this waiter
            throw e;
        }
    }

    static PreparedWait prepare(
            FutexTable table, FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        Waiter w = differs(memory, address, scope, expected, options)
                ? null
                : enqueued(table, memory, address, scope, expected, options, null);
        if (w == null) {
            w = new Waiter(expected, options);
            w.setStateRelease(WaitResult.VALUE_DIFFERS);
        }
        return w;
    }

    static PreparedWait prepareUnchecked(FutexTable table, FutexMemory memory, long address, Scope scope) {
        FutexKey key = table.key(memory, address, scope, WordSize.U32, Access.READ);
        Waiter w = newWaiter(memory, scope, Waiter.UNCHECKED, WaitOptions.DEFAULT);
        enqueue(table, w, memory, address, key, table.hash(key));
        return w;
    }

    /** A waiter that is queued, with somebody who will sleep on it, if that is known; null if the word holds another value under the lock. */
    private static @Nullable Waiter enqueued(
            FutexTable table,
            FutexMemory memory,
            long address,
            Scope scope,
            long expected,
            WaitOptions options,
            @Nullable Thread sleeper) {
        FutexKey shared = scope == Scope.SHARED ? memory.sharedKey(address, Access.READ) : null;
        long hash = shared == null ? PrivateKey.hash(memory, address) : shared.hash();
        Waiter w = newWaiter(memory, scope, expected, options);
        if (sleeper != null) {
            w.setSleeper(sleeper);
        }
        return NoInline.enqueue(table, w, memory, address, shared, table.scatter(hash)) ? w : null;
    }

    private static Waiter newWaiter(FutexMemory memory, Scope scope, long expected, WaitOptions options) {
        return scope == Scope.SHARED ? new SharedWaiter(memory, expected, options) : new Waiter(expected, options);
    }

    /** Queues a waiter if the word holds what it expects; says whether it does. No key means a private one. */
    static boolean enqueue(
            FutexTable table, Waiter w, FutexMemory memory, long address, @Nullable FutexKey key, long hash) {
        JfrRecorder.prepare();
        Bucket b = table.bucket(hash);
        boolean queued = false;
        b.lockAndAddWaiter(); // (A)
        try {
            WaitQueue q = b.findLocked(memory, address, key, hash);
            if (q == null) {
                q = new WaitQueue(key, hash, b, memory, address);
            }
            if (w.expects(memory, address)) {
                table.admitLocked(q);
                q.addLocked(w);
                queued = true;
            }
        } finally {
            if (!queued) {
                b.removeWaitersLocked(1);
            }
            b.unlock();
        }
        return queued;
    }
}
