package org.jfutex;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jfutex.time.Deadline;

/**
 * What a thread does between queueing and parking: spin for a short time, or park at once.
 *
 * <p>Spinning makes hand-offs between idle processors many times faster, because neither thread has to be put to sleep
 * and woken. It costs processor time.
 */
public enum SpinPolicy {
    /** Parks at once. */
    NONE,
    /**
     * Spins where spinning has succeeded recently. The table learns that for each bucket. A platform thread spins for
     * at most 50 microseconds before it parks, or 10 if the last wake came within 10; a virtual thread for 4. If spins
     * see no wake within that time, the bucket stops spinning: at first for 8 times as long as the last spin took,
     * later for up to 128 times, at most a second. A thread never yields its processor.
     *
     * <p>These waits park at once: a wait with a deadline; a wait in a queue of more waiters than processors; every
     * wait if the JVM has one processor; a wait of a virtual thread if there is one carrier. One of 16 waits of virtual
     * threads parks at once so that other virtual threads get the carrier. An interrupt ends the spin.
     */
    ADAPTIVE;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private static final int CARRIERS = Integer.getInteger("jdk.virtualThreadScheduler.parallelism", PROCESSORS);

    private static final MethodHandle IS_VIRTUAL = isVirtual();

    /**
     * Returns whether the current thread may stay awake for a few microseconds because the event it waits for is likely
     * to come soon. This is for locks and other users of words that spin by themselves, instead of in the table. They
     * should bound the spin by time and must not yield.
     *
     * @return false for {@link #NONE}; for a virtual thread, which parks in less time and leaves its carrier to others;
     *     and if the JVM has one processor
     */
    public boolean maySpin() {
        return this != NONE && PROCESSORS > 1 && !isVirtual(Thread.currentThread());
    }

    /** Returns the policy for a wait of the current thread with this deadline. */
    SpinPolicy effectiveFor(Deadline deadline) {
        return effectiveFor(deadline, isVirtual(Thread.currentThread()), PROCESSORS, CARRIERS);
    }

    /** Returns the effective policy. A thread spins only if its waker can run at the same time. */
    SpinPolicy effectiveFor(Deadline deadline, boolean virtual, int processors, int carriers) {
        return deadline == Deadline.NEVER && processors > 1 && (carriers > 1 || !virtual) ? this : NONE;
    }

    static boolean isVirtual(Thread thread) {
        try {
            return (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (RuntimeException | Error e) { // such as a stack that is too small
            throw e;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    /** Finds Thread.isVirtual, which exists since JDK 21. */
    private static MethodHandle isVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return MethodHandles.dropArguments(MethodHandles.constant(boolean.class, false), 0, Thread.class);
        }
    }
}
