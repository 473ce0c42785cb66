package org.jfutex.endive;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jfutex.FutexTable;

/** Threads of a test. */
final class Threads {

    private Threads() {}

    /** Starts a thread. Returns a future of its result. */
    static <T> FutureTask<T> start(Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        Thread t = new Thread(task);
        t.setDaemon(true);
        t.start();
        return task;
    }

    /** Runs each body in a thread of its own, and waits until all have ended. */
    static <T> List<T> runAll(List<Callable<T>> bodies) throws Exception {
        List<FutureTask<T>> running = bodies.stream().map(Threads::start).toList();
        List<T> results = new ArrayList<>();
        for (FutureTask<T> each : running) {
            results.add(each.get());
        }
        return results;
    }

    /** Waits until the table has this many waiters. */
    static void awaitWaiters(FutexTable table, int count, FutureTask<?> waiter) {
        while (table.waiters().size() < count) {
            assertFalse(waiter.isDone(), "the waiter did not wait");
            Thread.onSpinWait();
        }
    }
}
