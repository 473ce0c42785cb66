package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Threads;

/**
 * How much do the table's locks cost when a thread queues on a word with the expected value and times out at once?
 *
 * <p>No thread sleeps, so this is the slow path without the sleep. With two threads it shows the cost of a contended
 * bucket. It also shows whether buckets without contention share cache lines.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Cancel -prof gc</pre>
 */
public class CancelBenchmark extends Timed {

    @Param({"JFUTEX", "NAIVE"})
    public Peer peer;

    private Futex futex;

    @Setup
    public void setUp() throws InterruptedException {
        futex = peer.makeUsed(1024);
    }

    @Benchmark
    @Threads(1)
    public boolean oneThread(OwnWord own) throws InterruptedException {
        return futex.await(own.word, 0, 0);
    }

    @Benchmark
    @Threads(2)
    public boolean twoWords(OwnWord own) throws InterruptedException {
        return futex.await(own.word, 0, 0);
    }

    @Benchmark
    @Threads(2)
    public boolean sameWord() throws InterruptedException {
        return futex.await(0, 0, 0);
    }
}
