package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The events of the flight recorder, and the library's operation without it. */
@Timeout(120)
class JfrRecorderTest {

    private static final int CALLS = 100_000;

    private final FutexTable table = new FutexTable();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));

    @TempDir
    Path folder;

    /** Runs without a flight recorder; see {@link #jvmWithoutFlightRecorder_operationsSucceed}. */
    public static final class Program {
        private Program() {}

        /** Waits, wakes and requeues. */
        public static void main(String[] args) throws Exception {
            work(new FutexTable(), FlatMemory.of(ByteBuffer.allocateDirect(64)));
            System.out.println(
                    "recorder: " + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
        }
    }

    private static void work(FutexTable table, FutexMemory memory) throws Exception {
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

    /** The operations that run while events are recorded. */
    private interface Work {
        void run() throws Exception;
    }

    private void workAndBeStuck() throws Exception {
        work(table, memory);
        List<WaitWord> words = List.of(new WaitWord(8, PRIVATE, 0), new WaitWord(12, PRIVATE, 0));
        FutureTask<WaitResult> stuck =
                new FutureTask<>(() -> table.prepareAny(memory, words, 0).await());
        Thread t = new Thread(stuck, "stuck");
        t.setDaemon(true);
        t.start();
        while (LockSupport.getBlocker(t) == null) {
            Thread.onSpinWait();
        }
        memory.store(8, 7);
        table.findStuckWaiters(Duration.ZERO);
        table.wake(memory, 8, PRIVATE, 1);
        stuck.get();
    }

    private List<RecordedEvent> record(Work work, String... events) throws Exception {
        try (Recording r = new Recording()) {
            for (String e : events) {
                r.enable("org.jfutex." + e).withoutStackTrace();
            }
            r.start();
            work.run();
            r.stop();
            Path file = folder.resolve("recording.jfr");
            r.dump(file);
            List<RecordedEvent> ours = new ArrayList<>(RecordingFile.readAllEvents(file));
            ours.removeIf(e -> !e.getEventType().getName().startsWith("org.jfutex."));
            return ours;
        }
    }

    @Test
    void events_describeWaitsAndWakes() throws Exception {
        List<RecordedEvent> events = record(this::workAndBeStuck, "Wait", "Wake", "Requeue", "StuckWaiter");
        RecordedEvent wait = only(events, "Wait", "guest");
        assertEquals("WOKEN", wait.getString("outcome"));
        assertTrue(wait.getString("firstKey").startsWith("private 0x0 in flat memory"), wait::toString);
        assertTrue(wait.getString("key").startsWith("private 0x4 in flat memory"), wait::toString);
        assertFalse(wait.getBoolean("callback"));
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
    void memoryThatCannotBeDescribed_operationsSucceed() throws Exception {
        FutexMemory nameless = new PiWorld.Space(memory, 0) {
            @Override
            public String toString() {
                throw new IllegalStateException("nameless");
            }
        };
        assertEquals(
                List.of(),
                record(
                        () -> {
                            work(table, nameless);
                            PreparedWait told = table.prepare(nameless, 8, PRIVATE, 0);
                            List<WaitResult> ends = new ArrayList<>();
                            told.onEnd(ends::add);
                            assertEquals(1, table.wake(nameless, 8, PRIVATE, 1));
                            assertEquals(List.of(WaitResult.WOKEN), ends);
                        },
                        "Wait",
                        "Wake",
                        "Requeue"));
    }

    @Test
    void recordingWithDefaultSettings_hasNoEvents() throws Exception {
        assertEquals(List.of(), record(this::workAndBeStuck));
    }

    /** Returns one line for each event, in the order of their commits. */
    private List<String> lines(Work work) throws Exception {
        return record(work, "Wait", "Wake", "Requeue").stream()
                .sorted(Comparator.comparing(RecordedEvent::getEndTime))
                .map(JfrRecorderTest::line)
                .toList();
    }

    private static String line(RecordedEvent e) {
        String name = e.getEventType().getName().replace("org.jfutex.", "");
        return switch (name) {
            case "Wait" ->
                (e.getBoolean("callback") ? "callback " : "wait ") + word(e, "firstKey") + " " + word(e, "key") + " "
                        + e.getString("outcome");
            case "Wake" -> "wake " + word(e, "key") + " = " + e.getInt("woken");
            default ->
                "requeue " + word(e, "from") + " " + word(e, "to") + " = " + e.getInt("woken") + " + "
                        + e.getInt("moved");
        };
    }

    /** Returns the address in a key. */
    private static String word(RecordedEvent e, String field) {
        return e.getString(field).split(" ", 3)[1];
    }

    @Test
    void wakeOp_isRecordedForEachWord() throws Exception {
        for (int i = 0; i < 3; i++) {
            table.prepare(memory, i == 0 ? 16 : 20, PRIVATE, 0);
        }
        WakeOp op = new WakeOp(WakeOp.Operation.SET, 1, false, WakeOp.Comparison.EQ, 0);
        assertEquals(
                List.of("wake 0x10 = 1", "wake 0x14 = 2"),
                lines(() -> table.wakeOp(memory, 16, 20, PRIVATE, 9, 9, op)));
    }

    @Test
    void operationWithoutWaiters_isNotRecorded() throws Exception {
        table.prepare(memory, 16, PRIVATE, 0, WaitOptions.DEFAULT.bitset(1));
        assertEquals(List.of(), lines(() -> {
            table.wake(memory, 16, PRIVATE, 0);
            table.wake(memory, 16, PRIVATE, 1, WaitOptions.DEFAULT.bitset(2));
            table.requeue(memory, 16, 20, PRIVATE, 0, 0);
            table.requeue(memory, 20, 16, PRIVATE, 1, 1);
            table.wakeOp(
                    memory, 20, 24, PRIVATE, 1, 1, new WakeOp(WakeOp.Operation.SET, 1, false, WakeOp.Comparison.EQ, 0));
        }));
    }

    @Test
    void callbacksStagesAndDescriptors_areRecordedButPollsAreNot() throws Exception {
        assertEquals(
                List.of("callback 0x10 0x14 WOKEN", "wake 0x14 = 1", "callback 0x18 0x18 CANCELLED"),
                lines(() -> {
                            PreparedWait moved = table.prepare(memory, 16, PRIVATE, 0);
                            moved.onEnd(end -> {});
                            table.requeue(memory, 16, 20, PRIVATE, 0, 1);
                            table.wake(memory, 20, PRIVATE, 1);
                            PreparedWait stage = table.prepare(memory, 24, PRIVATE, 0);
                            stage.asStage(Deadline.NEVER);
                            stage.cancel();
                            PreparedWait polled = table.prepare(memory, 28, PRIVATE, 0);
                            polled.cancel();
                            polled.onEnd(end -> {});
                        })
                        .stream()
                        .filter(line -> !line.startsWith("requeue"))
                        .toList());
    }

    @Test
    void endBeforeSleep_isRecorded() throws Exception {
        Waiter w = (Waiter) table.prepare(memory, 16, PRIVATE, 0);
        assertEquals(List.of("wake 0x10 = 1", "wait 0x10 0x10 WOKEN"), lines(() -> {
            table.wake(memory, 16, PRIVATE, 1);
            assertTrue(w.spin());
        }));
    }

    /**
     * A lock at 0 is handed over by its owner and by its owner's death. A requeue gives it to one waiter and queues
     * another for it.
     */
    @Test
    void piLockHandOvers_areRecorded() throws Exception {
        PiWorld w = new PiWorld();
        w.lock(w.task(1), 0, PRIVATE);
        w.block(w.task(2), 0, PRIVATE);
        w.block(w.task(3), 0, PRIVATE);
        w.blockRequeue(w.task(4), 64, 128, PRIVATE);
        w.blockRequeue(w.task(5), 64, 128, PRIVATE);
        assertEquals(
                List.of("wake 0x0 = 1", "wake 0x0 = 1", "requeue 0x40 0x80 = 1 + 1", "wake 0x80 = 1"), lines(() -> {
                    w.known(1).unlock(0, PRIVATE);
                    w.known(2).exit();
                    w.table.compareAndRequeuePi(w.memory, 64, 128, PRIVATE, 1, 0);
                    w.known(4).unlock(128, PRIVATE);
                    w.known(3).unlock(0, PRIVATE);
                }));
    }

    @Test
    void stuckWaiterOfTask_isRecordedWithTask() throws Exception {
        PiWorld w = new PiWorld();
        w.blockRequeue(w.task(4), 64, 128, PRIVATE);
        w.store(64, 7);
        RecordedEvent stuck =
                only(record(() -> w.table.findStuckWaiters(Duration.ZERO), "StuckWaiter"), "StuckWaiter", "");
        assertEquals(4, stuck.getInt("task"));
        assertEquals(0, stuck.getLong("expected"));
        assertEquals(7, stuck.getLong("actual"));
    }

    /** Once compiled, the check whether a recording runs allocates no object. */
    @Test
    void events_withoutRecording_costNothing() {
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
                JfrRecorder.endWait(JfrRecorder.beginWait(wait), wait, WaitResult.WOKEN);
                JfrRecorder.wake(key, 1);
                JfrRecorder.requeue(key, key, 1, 1);
            }
            quickest = Math.min(quickest, System.nanoTime() - start);
            least = Math.min(least, allocation.getThreadAllocatedBytes(me) - before);
        }
        System.out.printf("wait, wake and requeue unrecorded: %.2f ns%n", (double) quickest / CALLS);
        assertTrue(
                // the measurement itself may allocate a few
                least < CALLS, least + " bytes for " + CALLS + " of each event");
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
    void jvmWithoutFlightRecorder_operationsSucceed() throws Exception {
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

    /** Returns a class path with only the library and these tests. */
    private static String classPath() throws Exception {
        return String.join(File.pathSeparator, place(FutexTable.class), place(JfrRecorderTest.class));
    }

    private static String place(Class<?> c) throws Exception {
        return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }
}
