package org.jfutex.explore;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/** Starts the threads of guests: virtual ones where the JDK has them, from 21 on, else platform threads. */
final class Threads {

    private static final @Nullable MethodHandle START_VIRTUAL = startVirtual();

    private Threads() {}

    private static @Nullable MethodHandle startVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findStatic(
                            Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    static boolean areVirtual() {
        return START_VIRTUAL != null && Runtime.version().feature() >= 21;
    }

    /** Starts a thread. */
    static Thread start(String name, Runnable task) {
        if (areVirtual()) {
            try {
                return (Thread) START_VIRTUAL.invokeExact(task);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
