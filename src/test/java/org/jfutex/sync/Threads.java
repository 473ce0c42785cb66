package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The two kinds of threads, and helpers that start threads, await their states and join them with a limit. */
enum Threads {
    PLATFORM,
    VIRTUAL;

    private static final long LIMIT_SECONDS = 60;

    interface Action {
        void run() throws Exception;
    }

    /** A thread and its result. */
    static final class Running {
        final Thread thread;
        private final FutureTask<?> task;

        Running(Thread thread, FutureTask<?> task) {
            this.thread = thread;
            this.task = task;
        }

        boolean isOver() {
            return task.isDone();
        }

        /** Waits for the thread's end and throws the exception that ended it. */
        void join() throws Exception {
            try {
                task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                AssertionError stuck = new AssertionError(thread + " is stuck: " + thread.getState());
                stuck.setStackTrace(thread.getStackTrace());
                throw stuck;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof AssertionError seen) {
                    throw seen; // as a check of the test itself
                }
                throw e;
            }
        }
    }

    /** Returns the kinds that this JDK supports. */
    static List<Threads> available() {
        return Runtime.version().feature() >= 21 ? List.of(PLATFORM, VIRTUAL) : List.of(PLATFORM);
    }

    Running start(Action action) {
        FutureTask<?> task = new FutureTask<>(() -> {
            action.run();
            return null;
        });
        Thread thread = this == PLATFORM ? new Thread(task, "test") : virtual(task);
        if (this == PLATFORM) {
            thread.setDaemon(true);
        }
        thread.start();
        return new Running(thread, task);
    }

    /**
     * Yields until a condition holds, and fails if it never does. The thread sleeps occasionally. Virtual threads that
     * only yield, one on each carrier, would prevent other threads from running.
     */
    @SuppressWarnings("ThreadPriorityCheck") // waiting for a state, not for a time
    static void until(BooleanSupplier condition) {
        long start = System.nanoTime();
        for (int i = 1; !condition.getAsBoolean(); i++) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(LIMIT_SECONDS)) {
                fail("it never happened");
            }
            if (i % 64 == 0) {
                LockSupport.parkNanos(10_000);
            } else {
                Thread.yield();
            }
        }
    }

    private static Thread virtual(Runnable task) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (Thread) Class.forName("java.lang.Thread$Builder")
                    .getMethod("unstarted", Runnable.class)
                    .invoke(builder, task);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
