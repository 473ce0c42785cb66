package org.jfutex.bench;

import java.nio.ByteBuffer;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaiterInfo;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Do waiters of other words slow down a wake?
 *
 * <p>A wake of one waiter is measured in three cases. There are no other waiters, a million waiters on a word each, or
 * 100,000 waiters on one word of the bucket. The limit is no difference. No thread sleeps, because the waits are only
 * prepared.
 *
 * <pre>java -jar jmh/target/benchmarks.jar WakeAmongMany -prof gc</pre>
 */
public class WakeAmongManyBenchmark extends Timed {

    private static final int WAKES = 1000;

    /** The other waiters. */
    public enum Others {
        NOBODY,
        MILLION_WORDS,
        SAME_BUCKET
    }

    @Param
    public Others others;

    @Param("1000000")
    public int million;

    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(8 << 20));
    private FutexTable table;
    private long address = 64;

    @Setup
    public void gather() {
        switch (others) {
            case NOBODY -> table = new FutexTable();
            case MILLION_WORDS -> {
                table = new FutexTable();
                for (int i = 1; i <= million; i++) {
                    prepare(address + 4L * i);
                }
            }
            case SAME_BUCKET -> {
                table = FutexTable.builder().buckets(2).build();
                long crowded = inTheSameBucket();
                for (int i = 0; i < million / 10; i++) {
                    prepare(crowded);
                }
            }
        }
        System.gc(); // else G1 marks and moves a million new waiters during the first wakes
    }

    /**
     * Finds two words of one bucket by the order of the list of waiters. Keeps one as the benchmark's word; returns the
     * other.
     */
    private long inTheSameBucket() {
        for (long a = 4; a <= 256; a += 4) {
            prepare(a);
        }
        List<WaiterInfo> byBucket = table.waiters();
        table.cancel(key -> true);
        address = address(byBucket.get(0));
        return address(byBucket.get(1));
    }

    private static long address(WaiterInfo waiter) {
        return ((PrivateKey) waiter.key()).address();
    }

    private void prepare(long word) {
        table.prepare(memory, word, Scope.PRIVATE, 0);
    }

    @Setup(Level.Invocation)
    public void prepare() {
        for (int i = 0; i < WAKES; i++) {
            prepare(address);
        }
    }

    @Benchmark
    @OperationsPerInvocation(WAKES)
    public int wake() {
        int woken = 0;
        for (int i = 0; i < WAKES; i++) {
            woken += table.wake(memory, address, Scope.PRIVATE, 1);
        }
        return woken;
    }
}
