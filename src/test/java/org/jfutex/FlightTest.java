package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events of the flight recorder, and life without it. */
@Timeout(120)
class FlightTest {

    private static final int CALLS = 100_000;

    @TempDir
    Path folder;

    /** Runs without a flight recorder; see {@link #libraryWorksWhereThereIsNoFlightRecorder}. */
    public static final class Program {
        private Program() {}

        /** Waits, wakes, requeues. */
        public static void main(String[] args) throws Exception {
            work(new FutexTable(), FlatMemory.of(ByteBuffer.allocateDirect(64)));
            System.out.println(
                    "recorder: " + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
        }
    }

    private static void work(FutexTable table, FlatMemory memory) throws Exception {
        FutureTask<WaitResult> wait = new FutureTask<>(() -> table.await(memory, 0, PRIVATE, 0));
        Thread t = new Thread(wait, "guest");
        t.start();
        while (t.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        table.requeue(memory, 0, 4, PRIVATE, 0, 1);
        table.wake(memory, 4, PRIVATE, 1);
        wait.get();
    }

    private List<RecordedEvent> record(String... events) throws Exception {
        FutexTable table = new FutexTable();
        FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
        try (Recording r = new Recording()) {
            for (String e : events) {
                r.enable(e);
            }
            r.start();
            work(table, memory);
            FutureTask<WaitResult> stuck = new FutureTask<>(() -> table.await(memory, 8, PRIVATE, 0));
            new Thread(stuck, "stuck").start();
            while (table.dump().isEmpty() || table.dump().get(0).thread() == null) {
                Thread.onSpinWait();
            }
            memory.store(8, 7);
            table.stuck(Duration.ZERO);
            table.wake(memory, 8, PRIVATE, 1);
            stuck.get();
            r.stop();
            Path file = folder.resolve("recording.jfr");
            r.dump(file);
            List<RecordedEvent> ours = new ArrayList<>(RecordingFile.readAllEvents(file));
            ours.removeIf(e -> !e.getEventType().getName().startsWith("org.jfutex."));
            return ours;
        }
    }

    @Test
    void eventsTellWhoWaitedOnWhatAndWhoWasWoken() throws Exception {
        List<RecordedEvent> events =
                record("org.jfutex.Wait", "org.jfutex.Wake", "org.jfutex.Requeue", "org.jfutex.StuckWaiter");
        RecordedEvent wait = only(events, "Wait", "guest");
        assertEquals("WOKEN", wait.getString("outcome"));
        assertTrue(wait.getString("key").startsWith("private 0x4 in flat memory"), wait::toString);
        assertTrue(wait.getDuration().toNanos() > 0);
        RecordedEvent requeue = only(events, "Requeue", "");
        assertEquals(1, requeue.getInt("moved"));
        assertTrue(requeue.getString("from").startsWith("private 0x0 in"), requeue::toString);
        RecordedEvent stuck = only(events, "StuckWaiter", "");
        assertEquals(7, stuck.getLong("actual"));
        assertEquals("stuck", stuck.getThread("waiter").getJavaName());
        assertEquals(
                2,
                events.stream()
                        .filter(e -> e.getEventType().getName().equals("org.jfutex.Wake"))
                        .filter(e -> e.getInt("woken") == 1)
                        .count());
    }

    @Test
    void nothingIsRecordedUnlessAskedFor() throws Exception {
        assertEquals(List.of(), record());
    }

    /** Once compiled, what asks whether somebody records leaves no object behind. */
    @Test
    void eventsAreFreeWhileNobodyRecords() {
        PendingWait<?> wait = new Waiter(0, WaitOptions.DEFAULT);
        PrivateKey key = new PrivateKey(FlatMemory.of(ByteBuffer.allocateDirect(64)), 0);
        ThreadMXBean allocation = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long me = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        long quickest = Long.MAX_VALUE;
        for (int round = 0; round < 200; round++) {
            long before = allocation.getThreadAllocatedBytes(me);
            long start = System.nanoTime();
            for (int i = 0; i < CALLS; i++) {
                Flight.endWait(Flight.beginWait(), wait, WaitResult.WOKEN);
                Flight.wake(key, 1);
                Flight.requeue(key, key, 1, 1);
            }
            quickest = Math.min(quickest, System.nanoTime() - start);
            least = Math.min(least, allocation.getThreadAllocatedBytes(me) - before);
        }
        System.out.printf("wait, wake and requeue unrecorded: %.2f ns%n", (double) quickest / CALLS);
        assertTrue(
                least < CALLS, least + " bytes for " + CALLS + " of each event"); // the counting itself may leave a few
    }

    private static RecordedEvent only(List<RecordedEvent> all, String name, String thread) {
        List<RecordedEvent> found = all.stream()
                .filter(e -> e.getEventType().getName().equals("org.jfutex." + name))
                .filter(e -> thread.isEmpty() || e.getThread().getJavaName().equals(thread))
                .toList();
        assertEquals(1, found.size(), all::toString);
        return found.get(0);
    }

    @Test
    void libraryWorksWhereThereIsNoFlightRecorder() throws Exception {
        Path log = folder.resolve("log");
        Process p = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--limit-modules",
                        "java.base",
                        "-cp",
                        classPath(),
                        Program.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int status = p.waitFor();
        assertEquals("recorder: false", Files.readString(log).strip());
        assertEquals(0, status);
    }

    /** The library and these tests, and nothing that may drag anything in. */
    private static String classPath() throws Exception {
        return String.join(File.pathSeparator, place(FutexTable.class), place(FlightTest.class));
    }

    private static String place(Class<?> c) throws Exception {
        return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }
}
