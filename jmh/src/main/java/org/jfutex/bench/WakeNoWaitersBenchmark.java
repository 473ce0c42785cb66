package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What does a wake cost when there are no waiters?
 *
 * <p>Every unlock pays this cost. The limit is a hash and a volatile read. If the caller's last write may have been a
 * plain one, the limit includes a full fence. There was a wait on each word before the measurement.
 *
 * <pre>java -jar jmh/target/benchmarks.jar WakeNoWaiters -prof gc</pre>
 */
public class WakeNoWaitersBenchmark extends Timed {

    @Param({
        "LOWER_BOUND",
        "LOWER_BOUND_CHECKED",
        "JFUTEX_PUBLISHED",
        "LOWER_BOUND_FENCED",
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
    public int wake() {
        return futex.wake(word, 1);
    }
}
