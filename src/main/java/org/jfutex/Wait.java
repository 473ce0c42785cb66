package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jfutex.key.Access;
import org.jfutex.key.FirstFailure;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * Begins a wait on one word: reads the word, locks, reads it again and queues a waiter; then sleeps, if the operation
 * is a blocking one.
 */
final class Wait {

    /*
     * First the word is read without the lock. If it differs, the call returns: the read lies within the call, so it is
     * a valid linearization point. The second read is under the lock and after the announcement, see (A) in Bucket.
     */

    /** Calls the method {@code enqueue} so that the JIT cannot inline it: see {@link NoInline}. */
    @SuppressWarnings("NonFinalStaticField")
    private static MethodHandle enqueue;

    static {
        try {
            enqueue = MethodHandles.lookup()
                    .findStatic(
                            Wait.class,
                            "enqueue",
                            MethodType.methodType(
                                    boolean.class,
                                    Buckets.class,
                                    Waiter.class,
                                    FutexMemory.class,
                                    long.class,
                                    FutexKey.class,
                                    long.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Wait() {}

    /**
     * Returns whether the word holds another value. Callers do this check inline before they call {@link #await}, so
     * that the path that does not sleep is small enough for the JIT to inline.
     */
    static boolean differs(FutexMemory memory, long address, Scope scope, int expected) {
        Preconditions.aligned(address, Integer.BYTES);
        checkNamed(memory, address, scope);
        return memory.load(address) != expected;
    }

    /** Returns whether a word of any size holds another value. */
    static boolean differs(FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        Preconditions.value(expected, options.size());
        Preconditions.aligned(address, options.size());
        checkNamed(memory, address, scope);
        return memory.load(address, options.size()) != expected;
    }

    /**
     * Checks that the key can be resolved, before the word is read. A private key can always be resolved; reading the
     * word then checks access.
     */
    private static void checkNamed(FutexMemory memory, long address, Scope scope) {
        if (scope != Scope.PRIVATE) {
            requireNonNull(scope, "scope");
            memory.sharedHash(address, Access.READ);
        }
    }

    /** Queues a waiter and sleeps, unless the word differs under the lock. */
    static WaitResult await(
            Buckets table,
            FutexMemory memory,
            long address,
            Scope scope,
            long expected,
            WaitOptions options,
            Deadline deadline)
            throws InterruptedException {
        // not later: the code between queueing and parking may not be compiled yet
        Deadline end = deadline.started(table.clock);
        SpinPolicy before = table.spinPolicy.effectiveFor(deadline);
        // a spinning thread should not be unparked
        Thread sleeper = before == SpinPolicy.NONE ? Thread.currentThread() : null;
        Waiter w = enqueued(table, memory, address, scope, expected, options, sleeper);
        if (w == null) {
            return WaitResult.VALUE_DIFFERS;
        }
        try {
            return w.spinThenSleep(end, before);
        } catch (Throwable e) {
            w.tryEnd(WaitResult.CANCELLED);
            w.forwardWake(); // the caller cannot report that a wake has chosen this waiter
            throw e;
        }
    }

    static PreparedWait prepare(
            Buckets table, FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        Waiter w = differs(memory, address, scope, expected, options)
                ? null
                : enqueued(table, memory, address, scope, expected, options, null);
        if (w == null) {
            w = new Waiter(expected, options);
            w.setStateRelease(WaitResult.VALUE_DIFFERS);
        }
        return w;
    }

    static PreparedWait prepareUnchecked(Buckets table, FutexMemory memory, long address, Scope scope) {
        FutexKey key = table.key(memory, address, scope, WordSize.U32, Access.READ);
        Waiter w = newWaiter(memory, scope, Waiter.UNCHECKED, WaitOptions.DEFAULT);
        enqueue(table, w, memory, address, key, table.hash(key));
        return w;
    }

    /**
     * Returns a queued waiter, with its sleeper if that is given; null if the word holds another value under the lock.
     */
    private static @Nullable Waiter enqueued(
            Buckets table,
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
        return enqueueNotInlined(table, w, memory, address, shared, table.scatter(hash)) ? w : null;
    }

    private static boolean enqueueNotInlined(
            Buckets table, Waiter w, FutexMemory memory, long address, @Nullable FutexKey key, long hash) {
        try {
            return (boolean) enqueue.invokeExact(table, w, memory, address, key, hash);
        } catch (Throwable t) {
            throw FirstFailure.rethrown(t);
        }
    }

    private static Waiter newWaiter(FutexMemory memory, Scope scope, long expected, WaitOptions options) {
        return scope == Scope.SHARED ? new SharedWaiter(memory, expected, options) : new Waiter(expected, options);
    }

    /**
     * Queues a waiter if the word holds the value that it expects; returns whether it does. A null key means the
     * private key.
     */
    static boolean enqueue(
            Buckets table, Waiter w, FutexMemory memory, long address, @Nullable FutexKey key, long hash) {
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
                q.admitLocked();
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
