package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What does a wake without waiters add to the volatile store before it?
 *
 * <p>Store and wake need one barrier between them, and the volatile store contains it. The limit is the store alone.
 *
 * <pre>java -jar jmh/target/benchmarks.jar StoreAndWake -prof gc</pre>
 */
public class StoreAndWakeBenchmark extends Timed {

    @Param({"STORE_ONLY", "LOWER_BOUND", "LOWER_BOUND_CHECKED", "JFUTEX_PUBLISHED", "JFUTEX", "NAIVE", "KERNEL"})
    public Peer peer;

    private Futex futex;
    private int word = 5;
    private int value;

    @Setup
    public void setUp() throws InterruptedException {
        futex = peer.makeUsed(1024);
    }

    @Benchmark
    public int storeAndWake() {
        futex.store(word, value++);
        return futex.wake(word, 1);
    }
}
