package org.jfutex;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** What a thread does between queueing and parking: watch for a wake for a short while, or not. */
public enum Polling {
    /** Parks at once. */
    NONE,
    /**
     * Watches where that has paid of late. A platform thread looks, and yields its processor now and then; a virtual thread looks for a microsecond or a few, if
     * there is more than one carrier, and never yields. Who has a deadline parks at once: a yield may cost more time than that leaves.
     */
    BRIEF;

    /** Whether two virtual threads can run at once. */
    private static final boolean SEVERAL_CARRIERS = Integer.getInteger(
                    "jdk.virtualThreadScheduler.parallelism",
                    Runtime.getRuntime().availableProcessors())
            > 1;

    private static final boolean SEVERAL_PROCESSORS = Runtime.getRuntime().availableProcessors() > 1;

    private static final MethodHandle IS_VIRTUAL = isVirtual();

    /**
     * Whether the current thread may stay awake for a few microseconds because what it wants is likely to come soon: for who builds on words, such as a lock, and
     * knows better than the table what to do with them.
     *
     * @return false for {@link #NONE}; for a virtual thread, which parks in less time and leaves its carrier to others; and where there is one processor
     */
    public boolean mayStayAwake() {
        return this != NONE && SEVERAL_PROCESSORS && !isVirtual(Thread.currentThread());
    }

    /** What this comes to for the current thread. */
    Polling inForce(Deadline deadline) {
        return deadline == Deadline.NEVER && (SEVERAL_CARRIERS || !isVirtual(Thread.currentThread())) ? this : NONE;
    }

    static boolean isVirtual(Thread thread) {
        try {
            return (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    /** Thread.isVirtual, which came with JDK 21. */
    private static MethodHandle isVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return MethodHandles.dropArguments(MethodHandles.constant(boolean.class, false), 0, Thread.class);
        }
    }
}
