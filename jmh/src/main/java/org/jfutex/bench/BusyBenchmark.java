package org.jfutex.bench;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Do threads that wait take time away from threads that work?
 *
 * <p>Eight threads work, and eight others wait, each on its own word. They wait with a timeout of one millisecond, or
 * until a waker thread wakes them, which it does every millisecond. A waiter that spins before it parks takes processor
 * time from the workers. The limit is a wait that parks at once.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Busy</pre>
 */
@Warmup(iterations = 8, time = 1) // the compiler threads share the processors with the benchmark
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

    /** A thread that wakes all waiters once a millisecond. */
    @State(Scope.Benchmark)
    public static class Waker {
        private Thread thread;
        private volatile boolean over;

        @Setup
        public void start(BusyBenchmark all) {
            over = false;
            thread = Threads.platform(() -> {
                while (!over) {
                    LockSupport.parkNanos(MILLISECOND);
                    for (int i = 0; i < OwnWord.THREADS; i++) {
                        all.futex.wake(OwnWord.of(i), 1);
                    }
                }
            });
        }

        @TearDown
        public void stop() throws InterruptedException {
            over = true;
            thread.join();
        }
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

    @Benchmark
    @Group("besideWoken")
    @GroupThreads(8)
    public void workBesideWoken() {
        Blackhole.consumeCPU(WORK);
    }

    @Benchmark
    @Group("besideWoken")
    @GroupThreads(8)
    public boolean waitingForWaker(OwnWord own, Waker waker) throws InterruptedException {
        return futex.await(own.word, 0);
    }
}
