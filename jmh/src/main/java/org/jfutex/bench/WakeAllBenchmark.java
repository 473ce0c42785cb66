package org.jfutex.bench;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * When a platform thread wakes all waiters of one word, how long does it take until all have run? How much heap does a
 * waiter use?
 *
 * <p>There are two extra results for one waiter: the heap that it uses, including its thread, and the time until the
 * wake call returns. One limit is a loop of unparks. Another is the minimal futex: a lock, a list and an object for
 * each waiter. The young generation is so large that no collection happens during a measurement.
 *
 * <pre>java -jar jmh/target/benchmarks.jar WakeAll -prof org.jfutex.bench.Extra</pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@Fork(
        value = 2,
        jvmArgsAppend = {"-XX:+UseG1GC", "-Xms6g", "-Xmx6g", "-Xmn4g", Threads.TWO_CARRIERS, Timed.NATIVE})
@Warmup(iterations = 5)
@Measurement(iterations = 7)
public class WakeAllBenchmark extends Timed {

    private static final int WORD = 7;

    /** The group of waiters. */
    @State(Scope.Benchmark)
    public abstract static class Gathering {
        private Futex futex;
        private WaiterGroup crowd;

        abstract WaiterGroup gather() throws InterruptedException;

        final void use(Peer peer) {
            futex = peer.make(16);
        }

        final Futex futex() {
            return futex;
        }

        @Setup(Level.Iteration)
        public final void begin() throws InterruptedException {
            long before = usedHeap();
            crowd = gather();
            Extra.add("heap", (double) (usedHeap() - before) / crowd.size(), "B/waiter");
        }

        final void wakeAll() throws InterruptedException {
            long start = System.nanoTime();
            futex.store(WORD, 1);
            futex.wake(WORD, Futex.ALL);
            long returned = System.nanoTime();
            crowd.awaitRan();
            Extra.add("call", (double) (returned - start) / crowd.size(), "ns/waiter");
        }

        @TearDown(Level.Iteration)
        public final void end() throws InterruptedException {
            crowd.dismiss();
            crowd = null;
        }

        /**
         * Returns the bytes of all reachable objects. The heap usage that the JVM reports also counts whole regions and
         * objects that are not collected yet.
         */
        private static long usedHeap() {
            try {
                String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "gcClassHistogram",
                                new Object[] {new String[0]},
                                new String[] {String[].class.getName()});
                String[] total = histogram
                        .substring(histogram.lastIndexOf("Total"))
                        .trim()
                        .split("\\s+");
                return Long.parseLong(total[2]);
            } catch (JMException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * Virtual threads. Small groups run first, until all code is compiled, because an interpreted frame on a parked
     * stack is several times as large.
     */
    public static class VirtualThreads extends Gathering {
        @Param({"PARK", "LEAST", "JFUTEX", "NAIVE", "CONDITION"})
        public Peer peer;

        @Param({"10000", "100000", "1000000"})
        public int waiters;

        @Setup
        public void setUp() throws InterruptedException {
            use(peer);
            for (int i = 0; i < 100; i++) {
                WaiterGroup small = WaiterGroup.ofVirtualThreads(futex(), WORD, 1_000);
                small.dismiss();
            }
        }

        @Override
        WaiterGroup gather() {
            return WaiterGroup.ofVirtualThreads(futex(), WORD, waiters);
        }
    }

    /** Platform threads. Chicory's memory is left out: 100 of its waiters do not return within a minute. */
    public static class PlatformThreads extends Gathering {
        @Param({"PARK", "JFUTEX", "NAIVE", "CONDITION", "MONITOR", "KERNEL", "ENDIVE"})
        public Peer peer;

        @Param("10000")
        public int waiters;

        @Setup
        public void setUp() {
            use(peer);
        }

        @Override
        WaiterGroup gather() {
            return WaiterGroup.ofPlatformThreads(futex(), WORD, waiters);
        }
    }

    @Benchmark
    public void virtualThreads(VirtualThreads crowd) throws InterruptedException {
        crowd.wakeAll();
    }

    @Benchmark
    @Warmup(iterations = 1)
    @Measurement(iterations = 5)
    public void platformThreads(PlatformThreads crowd) throws InterruptedException {
        crowd.wakeAll();
    }
}
