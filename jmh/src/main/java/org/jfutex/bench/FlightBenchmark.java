package org.jfutex.bench;

import java.nio.ByteBuffer;
import jdk.jfr.Recording;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.WaitResult;
import org.jfutex.memory.FlatMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What do the events of the flight recorder cost while nobody records?
 *
 * <p>A round is a wait that is woken and one that gives up at once, so it passes the places where a wait and a wake are recorded, and no thread sleeps. The limit
 * is the same in a JVM without a recorder; what recording takes stands beside it.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Flight -prof gc</pre>
 */
public class FlightBenchmark extends Timed {

    /** Modules that JMH needs; the recorder's is none of them. */
    private static final String WITHOUT = "java.base,java.logging,java.management,jdk.management,jdk.unsupported";

    /** A recording of waits and wakes in memory, of which the old is dropped. */
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
