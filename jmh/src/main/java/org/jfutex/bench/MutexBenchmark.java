package org.jfutex.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jfutex.bench.peer.Mutex;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Is a mutex in one futex word as fast as the JDK's locks, without and with contention?
 *
 * <p>The critical section is one increment; each thread does a little work between two of them. The extra result is the
 * smallest share that a thread got in an iteration, where 1 is the fair share. With few processors, a lock that is
 * never handed over seems fast.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Mutex -prof org.jfutex.bench.Extra</pre>
 */
public class MutexBenchmark extends Timed {

    private static final int WORK = 5;

    @Param
    public Mutex.Kind kind;

    private Mutex mutex;
    private long counter;
    private final List<Long> turns = new ArrayList<>();

    @Setup
    public void setUp() {
        mutex = kind.make();
    }

    /** The number of times that each thread had the lock. */
    @State(Scope.Thread)
    public static class Turns {
        private long count;

        @Setup(Level.Iteration)
        public void clear() {
            count = 0;
        }

        @TearDown(Level.Iteration)
        public void report(MutexBenchmark all, ThreadParams params) {
            all.report(count, params.getThreadCount());
        }
    }

    private synchronized void report(long count, int threads) {
        turns.add(count);
        if (turns.size() == threads) {
            double fair = turns.stream().mapToLong(t -> t).average().orElseThrow();
            Extra.add("least share", Collections.min(turns) / fair, "of fair");
            turns.clear();
        }
    }

    private void takeTurn(Turns turns) {
        mutex.lock();
        counter++;
        mutex.unlock();
        turns.count++;
        Blackhole.consumeCPU(WORK);
    }

    /** Locks and unlocks, without other work. */
    @Benchmark
    @Threads(1)
    public void uncontended() {
        mutex.lock();
        counter++;
        mutex.unlock();
    }

    @Benchmark
    @Threads(2)
    public void twoThreads(Turns turns) {
        takeTurn(turns);
    }

    @Benchmark
    @Threads(4)
    public void fourThreads(Turns turns) {
        takeTurn(turns);
    }

    @Benchmark
    @Threads(8)
    public void eightThreads(Turns turns) {
        takeTurn(turns);
    }
}
