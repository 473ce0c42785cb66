package org.jfutex.linux;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A thread that makes a call, with methods to await its sleep and its result. */
final class Sleeper<T> {

    private final FutureTask<T> call;
    private final Thread thread;

    private Sleeper(Callable<T> body) {
        call = new FutureTask<>(body);
        thread = new Thread(call, "sleeper");
        thread.setDaemon(true);
        thread.start();
    }

    static <T> Sleeper<T> of(Callable<T> body) {
        return new Sleeper<>(body);
    }

    /** Waits until the thread is parked. */
    Sleeper<T> asleep() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            if (thread.getState() == Thread.State.TERMINATED || System.nanoTime() - end > 0) {
                fail("the thread does not sleep, its state is " + thread.getState());
            }
            Thread.onSpinWait();
        }
        return this;
    }

    void interrupt() {
        thread.interrupt();
    }

    T result() {
        try {
            return call.get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
