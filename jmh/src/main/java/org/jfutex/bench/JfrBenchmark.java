package org.jfutex.bench;

import java.nio.ByteBuffer;
import jdk.jfr.Recording;
import org.jfutex.FutexTable;
import org.jfutex.WaitResult;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What do the events of the flight recorder cost while no recording runs?
 *
 * <p>A round is one wait that is woken and one wait that times out at once. It therefore executes the code that records
 * a wait and a wake, and no thread sleeps. The limit is this round in a JVM without a recorder. The cost with a running
 * recording is measured too.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Jfr -prof gc</pre>
 */
public class JfrBenchmark extends Timed {

    /** The modules that JMH needs, without the flight recorder's module. */
    private static final String WITHOUT = "java.base,java.logging,java.management,jdk.management,jdk.unsupported";

    /** A recording of waits and wakes that is kept in memory; old events are dropped. */
    @State(Scope.Benchmark)
    public static class Recorder {

        private Recording recording;

        @Setup
        public void start() {
            recording = new Recording();
            recording.setToDisk(false);
            recording.enable("org.jfutex.Wait").withoutStackTrace();
            recording.enable("org.jfutex.Wake").withoutStackTrace();
            recording.start();
        }

        @TearDown
        public void close() {
            recording.close();
        }
    }

    private final FutexTable table = new FutexTable();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));

    private WaitResult round() throws InterruptedException {
        table.prepare(memory, 0, org.jfutex.Scope.PRIVATE, 0);
        table.wake(memory, 0, org.jfutex.Scope.PRIVATE, 1);
        return table.await(memory, 0, org.jfutex.Scope.PRIVATE, 0, Deadline.after(0));
    }

    @Benchmark
    @Fork(
            value = 3,
            jvmArgsAppend = {"--limit-modules", WITHOUT})
    public WaitResult absent() throws InterruptedException {
        return round();
    }

    @Benchmark
    public WaitResult off() throws InterruptedException {
        return round();
    }

    @Benchmark
    public WaitResult on(Recorder recorder) throws InterruptedException {
        return round();
    }
}
