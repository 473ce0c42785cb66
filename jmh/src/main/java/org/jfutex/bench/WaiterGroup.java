package org.jfutex.bench;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jfutex.bench.peer.Futex;

/** A group of threads that sleep on one word while it is 0. */
final class WaiterGroup {

    private final Futex futex;
    private final int word;
    private final Thread[] threads;
    private final CountDownLatch ran;
    private final CountDownLatch dismissed = new CountDownLatch(1);

    private WaiterGroup(Futex futex, int word, int size) {
        this.futex = futex;
        this.word = word;
        threads = new Thread[size];
        ran = new CountDownLatch(size);
    }

    /** Creates a group of virtual threads; each thread ends when it has run. */
    static WaiterGroup ofVirtualThreads(Futex futex, int word, int size) {
        return new WaiterGroup(futex, word, size).gather(Threads::virtual, false);
    }

    /**
     * Creates a group of platform threads. Each thread stays alive until it is dismissed, because ending a thread costs
     * more than waking it.
     */
    static WaiterGroup ofPlatformThreads(Futex futex, int word, int size) {
        return new WaiterGroup(futex, word, size).gather(Threads::platform, true);
    }

    private WaiterGroup gather(Function<Threads.Task, Thread> kind, boolean held) {
        Threads.Task task = () -> {
            while (futex.load(word) == 0) {
                futex.await(word, 0);
            }
            ran.countDown();
            if (held) {
                dismissed.await();
            }
        };
        Arrays.setAll(threads, i -> kind.apply(task));
        awaitAsleep();
        return this;
    }

    /** Waits until all threads sleep on the word. */
    void awaitAsleep() {
        while (!futex.asleep(word, threads)) {
            LockSupport.parkNanos(100_000);
        }
    }

    /** Waits until all threads have been woken and have run. */
    void awaitRan() throws InterruptedException {
        ran.await();
    }

    int size() {
        return threads.length;
    }

    /** Lets all threads end. */
    void dismiss() throws InterruptedException {
        futex.store(word, 1);
        futex.wake(word, Futex.ALL);
        dismissed.countDown();
        for (Thread t : threads) {
            t.join();
        }
        futex.store(word, 0);
    }
}
