package org.jfutex;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Invokes methods in a way the JIT cannot inline, so that the callee's stack frame is released when it returns. */
final class NoInline {

    /*
     * A method that is inlined shares the frame of its caller, and enlarges it. Two methods must not be inlined:
     *
     * - A callback may wake others, which requires a stack check (see StackGuard). If it were inlined into the
     * notification, the check would happen after the wait has ended, and near the end of the stack a wake would be
     * lost.
     * - Queueing has many variables and is over when a thread sleeps. If it were inlined into the wait, its variables
     * would enlarge a frame that every thread keeps while it sleeps, and that is copied whenever a virtual thread parks
     * or continues. Wait does this call itself, in the same way.
     *
     * The JIT cannot inline through a method handle in a field that is not final.
     */

    @SuppressWarnings("NonFinalStaticField")
    private static MethodHandle accept;

    static {
        try {
            accept = MethodHandles.lookup()
                    .findVirtual(Consumer.class, "accept", MethodType.methodType(void.class, Object.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        customize();
    }

    /** More calls than after which the JDK, once, makes a special form of a handle that is not final. */
    private static final int CALLS = 200;

    private NoInline() {}

    /** Lets the JDK do so now: it allocates, and a callback would be lost that is called when there is no memory. */
    private static void customize() {
        try {
            for (int i = 0; i < CALLS; i++) {
                accept(Nothing.INSTANCE, null);
            }
        } catch (Throwable noMemory) {
            return; // then it is done by a later call
        }
    }

    private enum Nothing implements Consumer<Object> {
        INSTANCE;

        @Override
        public void accept(@Nullable Object ignored) {}
    }

    static void accept(Consumer<?> callback, @Nullable Object result) throws Throwable {
        accept.invokeExact(callback, result);
    }
}
