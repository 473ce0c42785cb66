package org.jfutex.bench;

import java.util.function.Function;
import org.jfutex.bench.peer.Futex;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How long does a round trip between two sleeping threads take?
 *
 * <p>Two threads wake each other in turn; each sleeps on its own word. The processors on which they run matter more
 * than the code. So platform threads are measured pinned to one processor, pinned to two processors, and unpinned.
 * Virtual threads run on one carrier and on two. The limit is bare park and unpark.
 *
 * <pre>java -jar jmh/target/benchmarks.jar HandOff</pre>
 */
public class HandOffBenchmark extends Timed {

    private static final int PING = 0;
    private static final int PONG = 512;
    private static final int OVER = -1;

    /** Two threads: the measuring thread and its partner. */
    @State(Scope.Benchmark)
    public abstract static class Pair {
        private Futex futex;
        private Thread partner;
        private int round;

        final void begin(Futex peer, Function<Threads.Task, Thread> kind, Threads.Task arrive) throws Exception {
            futex = peer;
            arrive.run();
            partner = kind.apply(() -> {
                arrive.run();
                answer();
            });
        }

        final int roundTrip() throws InterruptedException {
            int next = ++round;
            say(PING, next);
            hear(PONG, next - 1);
            return next;
        }

        private void answer() throws InterruptedException {
            for (int heard = 0; (heard = hear(PING, heard)) != OVER; ) {
                say(PONG, heard);
            }
        }

        private void say(int word, int value) {
            futex.store(word, value);
            futex.wake(word, 1);
        }

        private int hear(int word, int before) throws InterruptedException {
            for (int value; ; futex.await(word, before)) {
                if ((value = futex.load(word)) != before) {
                    return value;
                }
            }
        }

        @TearDown
        public final void end() throws InterruptedException {
            say(PING, OVER);
            partner.join();
        }
    }

    /** Virtual threads. */
    public static class Virtual extends Pair {
        @Setup
        public void setUp(VirtualPeers peers) throws Exception {
            begin(peers.futex, Threads::virtual, () -> {});
        }
    }

    /** Platform threads on one processor. */
    public static class SameCpu extends Pair {
        @Setup
        public void setUp(PlatformPeers peers) throws Exception {
            begin(peers.futex, Threads::platform, () -> Threads.pin(0));
        }
    }

    /** Platform threads, each on its own processor. */
    public static class TwoCpus extends Pair {
        @Setup
        public void setUp(PlatformPeers peers) throws Exception {
            Thread first = Thread.currentThread();
            begin(peers.futex, Threads::platform, () -> Threads.pin(Thread.currentThread() == first ? 0 : 1));
        }
    }

    /** Platform threads that the operating system places. */
    public static class Free extends Pair {
        @Setup
        public void setUp(PlatformPeers peers) throws Exception {
            begin(peers.futex, Threads::platform, () -> {});
        }
    }

    @Benchmark
    @Fork(jvmArgsAppend = {Threads.VIRTUAL, Threads.ONE_CARRIER, Threads.AND_NO_MORE})
    public int virtualOneCarrier(Virtual pair) throws InterruptedException {
        return pair.roundTrip();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {Threads.VIRTUAL, Threads.TWO_CARRIERS})
    public int virtualTwoCarriers(Virtual pair) throws InterruptedException {
        return pair.roundTrip();
    }

    @Benchmark
    public int sameCpu(SameCpu pair) throws InterruptedException {
        return pair.roundTrip();
    }

    @Benchmark
    public int twoCpus(TwoCpus pair) throws InterruptedException {
        return pair.roundTrip();
    }

    @Benchmark
    public int free(Free pair) throws InterruptedException {
        return pair.roundTrip();
    }
}
