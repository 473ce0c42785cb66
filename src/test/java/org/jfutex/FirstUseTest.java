package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.management.ObjectName;
import jdk.jfr.Configuration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.jfutex.key.WordSize;
import org.jfutex.memory.FlatMemory;
import org.jfutex.sync.FutexMutex;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first operations of a process, each tested in a new JVM. */
@Timeout(120)
class FirstUseTest {

    private static final String BEGIN = "table built";
    private static final String END = "all woken";

    @TempDir
    Path folder;

    private static void run(Callable<?> wait, Runnable wake) throws Exception {
        FutureTask<?> running = new FutureTask<>(wait);
        Thread t = new Thread(running);
        t.setDaemon(true);
        t.start();
        while (!running.isDone() && !(LockSupport.getBlocker(t) instanceof PendingWait<?>)) {
            Thread.onSpinWait();
        }
        wake.run();
        running.get();
    }

    /** Waits in each way that lets a thread sleep. */
    public static final class Waits {
        private Waits() {}

        /** Prints when the waits begin, and when all have ended. */
        public static void main(String[] args) throws Exception {
            FlatMemory m = FlatMemory.of(ByteBuffer.allocateDirect(64));
            m.load(60, WordSize.U32); // loads the classes of the memory first
            PiTask[] tasks = new PiTask[3];
            FutexTable table = FutexTable.builder().tasks(tid -> tasks[tid]).build();
            for (int tid = 1; tid < 3; tid++) {
                tasks[tid] = new PiTask(table, tid, m);
            }
            List<WaitWord> words = List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(4, PRIVATE, 0));
            Deadline soon = Deadline.after(1_000_000);
            Deadline later = Deadline.after(3_600_000_000_000L);
            Deadline tomorrow = Deadline.at(Instant.now().plusSeconds(86_400));
            run(() -> 0, () -> {});
            System.out.println(BEGIN);
            table.await(m, 0, PRIVATE, 0, soon);
            for (Deadline d : List.of(Deadline.NEVER, later, tomorrow)) {
                run(() -> table.await(m, 0, PRIVATE, 0, d), () -> table.wake(m, 0, PRIVATE, 1));
                run(() -> table.prepare(m, 0, PRIVATE, 0).await(d), () -> table.wake(m, 0, PRIVATE, 1));
                run(() -> table.prepareAny(m, words, 0).await(d), () -> table.wake(m, 4, PRIVATE, 1));
                tasks[1].tryLock(0, PRIVATE);
                run(() -> tasks[2].lock(0, PRIVATE, d), () -> tasks[1].unlock(0, PRIVATE));
                tasks[2].unlock(0, PRIVATE);
            }
            System.out.println(END);
            for (Thread t : Thread.getAllStackTraces().keySet()) {
                System.out.println("thread " + t.getName());
            }
        }
    }

    @Test
    void sleepsAndWakesAfterTableIsBuilt_loadNoClassOfLibrary() throws Exception {
        List<String> lines = Jvm.run(List.of("-Xlog:class+load=info,class+init=info"), Waits.class);
        List<String> between = lines.subList(lines.indexOf(BEGIN), lines.indexOf(END));
        assertEquals(
                List.of(),
                between.stream()
                        .filter(line -> line.contains(" org.jfutex.") && !line.contains("FirstUseTest"))
                        .toList());
        assertEquals(
                List.of(),
                lines.stream()
                        .filter(line -> line.contains("JfrEvents")
                                || line.contains(" jdk.jfr.internal")
                                || line.contains("'jdk/jfr/internal")
                                || line.startsWith("thread JFR"))
                        .toList());
    }

    /** Prints the processor time of the first operations, in microseconds. */
    public static final class Costs {
        private Costs() {}

        private static long used() {
            return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        }

        private static void print(String what, long before) {
            System.out.println(what + " " + (used() - before) / 1_000);
        }

        /** Prints one operation a line. */
        public static void main(String[] args) throws Exception {
            FlatMemory m = FlatMemory.of(ByteBuffer.allocateDirect(64));
            print("nothing", used());
            m.store(60, 1);
            long before = used();
            FutexTable table = new FutexTable();
            print("table", before);
            before = used();
            long start = System.nanoTime();
            table.await(m, 0, PRIVATE, 0, Deadline.after(1_000_000));
            long took = System.nanoTime() - start;
            print("await", before);
            System.out.println("late " + (took - 1_000_000) / 1_000);
            FutexMutex mutex = new FutexMutex(table, m, 4, PRIVATE);
            mutex.lock();
            run(
                    () -> {
                        long locking = used();
                        mutex.lock();
                        print("lock", locking);
                        return true;
                    },
                    () -> {
                        long waking = used();
                        mutex.unlock();
                        print("wake", waking);
                    });
        }
    }

    /**
     * The bounds are many times the measured figures, because a busy machine needs more. Starting the flight recorder
     * took 200 ms.
     */
    @Test
    void firstOperations_takeLittleProcessorTime() throws Exception {
        for (String line : Jvm.run(List.of(), Costs.class)) {
            String[] words = line.split(" ", 2);
            long micros = Long.parseLong(words[1]);
            System.out.println("first " + words[0] + ": " + micros + " us");
            assertTrue(words[0].equals("late") || micros < (words[0].equals("table") ? 150_000 : 30_000), line);
        }
    }

    /** Waits and wakes before and after the flight recorder is started, in each way to start it. */
    public static final class Recorded {
        private Recorded() {}

        private static void work(FutexTable table, FlatMemory m) throws Exception {
            run(() -> table.await(m, 0, PRIVATE, 0), () -> table.wake(m, 0, PRIVATE, 1));
        }

        /**
         * Prints the names of the events. The arguments are the way to start, the settings, and the recording's file.
         */
        public static void main(String[] args) throws Exception {
            FlatMemory m = FlatMemory.of(ByteBuffer.allocateDirect(64));
            FutexTable table = new FutexTable();
            Path settings = Path.of(args[1]);
            Path file = Path.of(args[2]);
            if (args[0].equals("api") || args[0].equals("command")) {
                work(table, m);
                if (FlightRecorder.isInitialized()) {
                    throw new AssertionError("a wait has started the flight recorder");
                }
            }
            if (args[0].equals("command")) {
                ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "jfrStart",
                                new Object[] {new String[] {"settings=" + settings}},
                                new String[] {String[].class.getName()});
            } else if (!args[0].equals("option")) {
                new Recording(Configuration.create(settings)).start();
            }
            if (args[0].equals("stack")) {
                runAtEndOfStack(table, m);
            }
            work(table, m);
            FlightRecorder.getFlightRecorder().takeSnapshot().dump(file);
            RecordingFile.readAllEvents(file).stream()
                    .map(e -> e.getEventType().getName())
                    .filter(name -> name.startsWith("org.jfutex."))
                    .forEach(System.out::println);
        }

        /** Waits and wakes at each depth of a stack, up to its end. */
        private static void runAtEndOfStack(FutexTable table, FlatMemory m) throws Exception {
            Thread t = new Thread(null, () -> descend(table, m), "deep", 256 << 10);
            t.start();
            t.join();
        }

        @SuppressWarnings("InfiniteRecursion") // down to the end of the stack
        private static void descend(FutexTable table, FlatMemory m) {
            try {
                descend(table, m);
            } catch (StackOverflowError e) {
                tryAll(table, m);
                throw e;
            }
        }

        private static void tryAll(FutexTable table, FlatMemory m) {
            try {
                PreparedWait wait = table.prepare(m, 4, PRIVATE, 0);
                wait.await(Deadline.after(1));
                table.prepare(m, 4, PRIVATE, 0);
                table.wake(m, 4, PRIVATE, 1);
            } catch (StackOverflowError | InterruptedException e) {
                return;
            }
        }
    }

    private Path settings() throws Exception {
        String events = Stream.of("Wait", "Wake")
                .map(e -> "<event name='org.jfutex." + e + "'><setting name='enabled'>true</setting></event>")
                .reduce("", String::concat);
        return Files.writeString(
                folder.resolve("events.jfc"), "<configuration version='2.0'>" + events + "</configuration>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"api", "command", "option", "stack"})
    void recordingThatIsStartedAtAnyTime_hasEvents(String how) throws Exception {
        Path settings = settings();
        List<String> options = new ArrayList<>();
        if (how.equals("option")) {
            options.add("-XX:StartFlightRecording:settings=" + settings);
        }
        if (how.equals("stack")) {
            options.add("-Xint"); // interpreted frames use up the stack in small steps
        }
        List<String> events = Jvm.run(
                options,
                Recorded.class,
                how,
                settings.toString(),
                folder.resolve("recording.jfr").toString());
        assertTrue(events.contains("org.jfutex.Wait"), events::toString);
        assertTrue(events.contains("org.jfutex.Wake"), events::toString);
    }
}
