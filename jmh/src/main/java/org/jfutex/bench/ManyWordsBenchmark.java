package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Does a wait whose word differs scale when each thread uses 1024 words of its own in turn?
 *
 * <p>This is the workload of {@code perf bench futex hash}. Threads that share no word should not slow each other down.
 *
 * <pre>java -jar jmh/target/benchmarks.jar ManyWords -prof gc</pre>
 */
public class ManyWordsBenchmark extends Timed {

    private static final int WORDS = 1024;
    private static final int APART = WORDS + 32; // no cache line in common
    private static final int MOST_THREADS = 8;

    @Param({"LOWER_BOUND", "JFUTEX", "NAIVE", "KERNEL", "ENDIVE", "CHICORY"})
    public Peer peer;

    private Futex futex;

    @Setup
    public void setUp() throws InterruptedException {
        futex = peer.makeUsed(MOST_THREADS * APART);
    }

    /** The next word of a thread. */
    @State(Scope.Thread)
    public static class Turn {
        private int first;
        private int next;

        @Setup
        public void setUp(ThreadParams params) {
            first = params.getThreadIndex() % MOST_THREADS * APART;
        }

        int word() {
            int word = first + next;
            next = (next + 1) % WORDS;
            return word;
        }
    }

    @Benchmark
    @Threads(1)
    public boolean oneThread(Turn turn) throws InterruptedException {
        return futex.await(turn.word(), 1234);
    }

    @Benchmark
    @Threads(2)
    public boolean twoThreads(Turn turn) throws InterruptedException {
        return futex.await(turn.word(), 1234);
    }
}
