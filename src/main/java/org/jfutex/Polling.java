package org.jfutex;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** What a thread does between queueing and parking: watch for a wake for a short while, or not. */
public enum Polling {
    /** Parks at once. */
    NONE(0),
    /** A platform thread yields its processor a few times and looks; a virtual thread parks at once. */
    BRIEF(50);

    private static final MethodHandle IS_VIRTUAL = isVirtual();

    private final int yields;

    Polling(int yields) {
        this.yields = yields;
    }

    /** What this comes to for the current thread: {@link #NONE} if it is virtual, or has a deadline, since a yield may cost more than that leaves. */
    Polling inForce(Deadline deadline) {
        return deadline == Deadline.NEVER && !isVirtual(Thread.currentThread()) ? this : NONE;
    }

    /** Says whether the wait ended while it watched. */
    @SuppressWarnings("ThreadPriorityCheck") // a yield is all the chance that the waker may need
    boolean poll(PendingWait<?> wait) {
        for (int i = 0; i < yields; i++) {
            if (wait.ended() != null) {
                return true;
            }
            Thread.yield();
        }
        return false;
    }

    private static boolean isVirtual(Thread thread) {
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
