package org.jfutex;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Threads of tests, which return a result and are awaited by their state. */
@SuppressWarnings("ThreadPriorityCheck") // a test yields until another thread sleeps
public final class Threads {

    private Threads() {}

    /** A thread and its task; {@link FutureTask#get} returns the result. */
    public record Running<T>(Thread thread, FutureTask<T> answer) {
        public T get() throws Exception {
            return answer.get();
        }
    }

    public static <T> Running<T> start(Callable<T> task) {
        var answer = new FutureTask<>(task);
        var thread = new Thread(answer);
        thread.setDaemon(true);
        thread.start();
        return new Running<>(thread, answer);
    }

    /** Returns when the thread sleeps on a futex. */
    static void awaitAsleep(Thread thread) {
        while (!(LockSupport.getBlocker(thread) instanceof PendingWait<?>)
                || (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING)) {
            if (!thread.isAlive()) {
                throw new AssertionError("the thread ended instead of sleeping");
            }
            Thread.yield();
        }
    }

    /** Returns the result of a condition that is evaluated in a new thread. */
    static boolean inAnother(Callable<Boolean> task) {
        return unchecked(() -> start(task).answer().get(60, TimeUnit.SECONDS));
    }

    /** Calls code that throws checked exceptions where none are allowed. */
    static <T> T unchecked(Callable<T> task) {
        try {
            return task.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Throws any throwable without declaring it. */
    @SuppressWarnings("unchecked")
    static <E extends Throwable> void throwAnyway(Throwable t) throws E {
        throw (E) t;
    }
}
