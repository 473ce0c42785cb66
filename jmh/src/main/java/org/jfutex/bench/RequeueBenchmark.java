package org.jfutex.bench;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long does it take to wake one waiter and move all others, or half of them, to another word?
 *
 * <p>A broadcast does this to the waiters of a condition. The kernel's waiters are platform threads. All other waiters
 * are virtual threads if the JVM has them. They sleep during the whole measurement.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Requeue</pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@Fork(
        value = 2,
        jvmArgsAppend = {Threads.TWO_CARRIERS, Timed.NATIVE})
@Warmup(iterations = 200)
@Measurement(iterations = 200)
public class RequeueBenchmark extends Timed {

    private static final int FROM = 3;
    private static final int TO = 600;

    @Param({"JFUTEX", "KERNEL"})
    public Peer peer;

    @Param({"10000", "100000"})
    public int waiters;

    private Futex futex;
    private Thread[] threads;
    private volatile boolean over;

    @Setup
    public void gather() {
        futex = peer.make(1024);
        threads = new Thread[1 + waiters];
        Arrays.setAll(
                threads,
                i -> peer == Peer.KERNEL || !Threads.areVirtualAvailable()
                        ? Threads.platform(this::sleep)
                        : Threads.virtual(this::sleep));
    }

    private void sleep() throws InterruptedException {
        while (!over) {
            futex.await(FROM, 0);
        }
    }

    @Setup(Level.Iteration)
    public void awaitAsleep() {
        futex.requeue(TO, FROM, 0, Futex.ALL);
        while (!futex.asleep(FROM, threads)) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Benchmark
    public int all() {
        return moved(futex.requeue(FROM, TO, 1, waiters), waiters);
    }

    @Benchmark
    public int half() {
        return moved(futex.requeue(FROM, TO, 1, waiters / 2), waiters / 2);
    }

    private static int moved(int answer, int expected) {
        if (answer != 1 + expected) {
            throw new IllegalStateException("moved " + answer + " instead of " + expected);
        }
        return answer;
    }

    @TearDown
    public void dismiss() throws InterruptedException {
        over = true;
        futex.store(FROM, 1);
        futex.requeue(TO, FROM, 0, Futex.ALL);
        futex.wake(FROM, Futex.ALL);
        for (Thread t : threads) {
            t.join();
        }
    }
}
