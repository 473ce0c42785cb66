package org.jfutex;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.Consumer;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/** Calls behind which no compiler sees, so that what is called has a frame of its own, which is gone when the call returns. */
final class NoInline {

    /*
     * A method that is compiled into its caller shares the caller's frame, and makes it as large as it needs. Two methods had better not.
     *
     *  - A call-back may wake others, with the room that they ask for (see StackGuard). Compiled into telling it, it would ask for that after the wait has ended,
     *    and a wake would be told to nobody at the end of a stack.
     *  - Queueing has many variables and is over when a thread sleeps. Compiled into the wait, it would leave their places in a frame that every thread keeps as long as it
     *    sleeps, and that is copied whenever a virtual one goes to sleep or wakes.
     *
     * A handle that is not final is called without a look at what it names.
     */

    @SuppressWarnings("NonFinalStaticField")
    private static MethodHandle accept;

    @SuppressWarnings("NonFinalStaticField")
    private static MethodHandle enqueue;

    static {
        try {
            accept = MethodHandles.lookup()
                    .findVirtual(Consumer.class, "accept", MethodType.methodType(void.class, Object.class));
            enqueue = MethodHandles.lookup()
                    .findStatic(
                            Wait.class,
                            "enqueue",
                            MethodType.methodType(
                                    boolean.class,
                                    FutexTable.class,
                                    Waiter.class,
                                    FutexMemory.class,
                                    long.class,
                                    FutexKey.class,
                                    long.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private NoInline() {}

    static void accept(Consumer<?> callback, @Nullable Object result) throws Throwable {
        accept.invokeExact(callback, result);
    }

    /** {@link Wait#enqueue}. */
    static boolean enqueue(
            FutexTable table, Waiter w, FutexMemory memory, long address, @Nullable FutexKey key, long hash) {
        try {
            return (boolean) enqueue.invokeExact(table, w, memory, address, key, hash);
        } catch (Throwable t) {
            throw FirstFailure.rethrown(t);
        }
    }
}
