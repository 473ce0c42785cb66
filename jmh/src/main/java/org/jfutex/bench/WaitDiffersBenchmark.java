package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What does a wait cost when the word already differs from the expected value?
 *
 * <p>The limit is a volatile read and a comparison.
 *
 * <pre>java -jar jmh/target/benchmarks.jar WaitDiffers -prof gc</pre>
 */
public class WaitDiffersBenchmark extends Timed {

    @Param({
        "LOWER_BOUND",
        "LOWER_BOUND_CHECKED",
        "JFUTEX",
        "JFUTEX_SHARED",
        "NAIVE",
        "CONDITION",
        "MONITOR",
        "KERNEL",
        "KERNEL_SHARED",
        "ENDIVE",
        "CHICORY"
    })
    public Peer peer;

    private Futex futex;
    private int word = 5;

    @Setup
    public void setUp() throws InterruptedException {
        futex = peer.makeUsed(1024);
    }

    @Benchmark
    public boolean await() throws InterruptedException {
        return futex.await(word, 1234);
    }
}
