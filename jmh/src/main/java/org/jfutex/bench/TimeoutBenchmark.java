package org.jfutex.bench;

import java.util.Arrays;
import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How late does a wait with a timeout of 1 ms return if it is not woken?
 *
 * <p>The extra results are the median, the 99th percentile and the minimum of the overshoot, in nanoseconds. A negative
 * overshoot would be a wait that ended early. The limit is {@code parkNanos}. A thousand waits a second are too few to
 * be compiled during the measurement. So each contender first makes up to 20,000 waits with a timeout of one
 * microsecond.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Timeout -prof org.jfutex.bench.Extra</pre>
 */
public class TimeoutBenchmark extends Timed {

    private static final long MICROSECOND = 1_000;
    private static final long MILLISECOND = 1_000_000;
    private static final int TO_COMPILE = 20_000;

    /** The overshoots of the waits of an iteration. */
    @State(Scope.Benchmark)
    public static class Overshoots {
        private long[] nanos;
        private int count;
        private boolean compiled;

        @Setup(Level.Iteration)
        public void clear() {
            nanos = new long[100_000];
            count = 0;
        }

        void await(Futex futex) throws InterruptedException {
            if (!compiled) {
                compile(futex);
                compiled = true;
            }
            long start = System.nanoTime();
            futex.await(0, 0, MILLISECOND);
            nanos[count++] = System.nanoTime() - start - MILLISECOND;
        }

        private static void compile(Futex futex) throws InterruptedException {
            long start = System.nanoTime();
            for (int i = 0; i < TO_COMPILE && System.nanoTime() - start < 2_000 * MILLISECOND; i++) {
                futex.await(0, 0, MICROSECOND);
            }
        }

        @TearDown(Level.Iteration)
        public void report() {
            Arrays.sort(nanos, 0, count);
            Extra.add("p50", nanos[count / 2], "ns");
            Extra.add("p99", nanos[count * 99 / 100], "ns");
            Extra.add("least", nanos[0], "ns");
        }
    }

    @Benchmark
    public void platformThread(PlatformPeers peers, Overshoots overshoots) throws InterruptedException {
        overshoots.await(peers.futex);
    }

    /** jfutex with precise deadlines. */
    @State(Scope.Benchmark)
    public static class Precise {
        private final Futex futex = Peer.JFUTEX_PRECISE.make(16);
    }

    @Benchmark
    public void precise(Precise precise, Overshoots overshoots) throws InterruptedException {
        overshoots.await(precise.futex);
    }

    @Benchmark
    @Fork(jvmArgsAppend = {Threads.VIRTUAL, Threads.TWO_CARRIERS})
    public void virtualThread(VirtualPeers peers, Overshoots overshoots) throws InterruptedException {
        overshoots.await(peers.futex);
    }
}
