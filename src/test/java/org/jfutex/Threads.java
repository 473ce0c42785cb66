package org.jfutex;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Threads of tests: started with an answer to give, and awaited by their state. */
@SuppressWarnings("ThreadPriorityCheck") // a yield is how one waits for another thread to fall asleep
final class Threads {

    private Threads() {}

    /** A thread that runs something; {@link FutureTask#get} gives the answer. */
    record Running<T>(Thread thread, FutureTask<T> answer) {
        T get() throws Exception {
            return answer.get();
        }
    }

    static <T> Running<T> start(Callable<T> task) {
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

    /** Whether something is true in a thread of its own. */
    static boolean inAnother(Callable<Boolean> task) {
        return unchecked(() -> start(task).answer().get(60, TimeUnit.SECONDS));
    }

    /** Calls what throws checked exceptions in a place that allows none. */
    static <T> T unchecked(Callable<T> task) {
        try {
            return task.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Throws anything anywhere. */
    @SuppressWarnings("unchecked")
    static <E extends Throwable> void throwAnyway(Throwable t) throws E {
        throw (E) t;
    }
}
