package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Do threads that wait take time away from threads that work?
 *
 * <p>Eight threads have work to do, and eight others wait for a millisecond at a time on words that nobody changes. Who polls before it
 * parks does so at the expense of the workers. The limit is a wait that parks at once.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Busy</pre>
 */
public class BusyBenchmark extends Timed {

    private static final long MILLISECOND = 1_000_000;
    private static final int WORK = 2000;

    @Param({"PARK", "JFUTEX", "KERNEL"})
    public Peer peer;

    private Futex futex;

    @Setup
    public void setUp() {
        futex = peer.make(1024);
    }

    @Benchmark
    @Group("beside")
    @GroupThreads(8)
    public void work() {
        Blackhole.consumeCPU(WORK);
    }

    @Benchmark
    @Group("beside")
    @GroupThreads(8)
    public boolean waiting(OwnWord own) throws InterruptedException {
        return futex.await(own.word, 0, MILLISECOND);
    }
}
