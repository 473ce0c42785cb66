package org.jfutex.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Runs a step on this thread while other threads repeat steps of their own. */
final class Race {

    private Race() {}

    /** A step that a thread repeats. */
    interface Step {
        void run() throws Exception;
    }

    /**
     * Runs {@code main} a number of times while each of {@code others} repeats. The first failure of a step ends the
     * run.
     */
    static void repeat(int times, Step main, Step... others) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        CountDownLatch running = new CountDownLatch(others.length);
        AtomicBoolean ended = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (Step other : others) {
            Thread thread = new Thread(() -> {
                try {
                    running.countDown();
                    while (!ended.get()) {
                        other.run();
                    }
                } catch (Throwable t) {
                    failure.compareAndSet(null, t);
                }
            });
            threads.add(thread);
            thread.start();
        }
        try {
            running.await();
            for (int i = 0; i < times && failure.get() == null; i++) {
                main.run();
            }
            ended.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (Throwable t) {
            failure.compareAndSet(null, t);
            ended.set(true);
        }
        Throwable first = failure.get();
        if (first != null) {
            throw new AssertionError(first.getMessage(), first);
        }
    }
}
