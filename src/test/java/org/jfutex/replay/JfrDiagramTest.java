package org.jfutex.replay;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import jdk.jfr.Recording;
import org.jfutex.FutexTable;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitResult;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class JfrDiagramTest {

    private final FutexTable table =
            FutexTable.builder().spinPolicy(SpinPolicy.NONE).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));

    @TempDir
    Path folder;

    @Test
    void recordedRun_isDrawnWithWakersAndWaiters() throws Exception {
        Path file = folder.resolve("live.jfr");
        try (Recording recording = new Recording()) {
            for (String event : List.of("Wait", "Wake", "Requeue")) {
                recording.enable("org.jfutex." + event).withoutStackTrace();
            }
            recording.start();
            play();
            recording.stop();
            recording.dump(file);
        }
        String key = "private 0x%s in " + memory;
        String zero = key.formatted("0");
        String four = key.formatted("4");
        String eight = key.formatted("8");
        assertEquals(
                """
                sequenceDiagram
                    participant T0 as ada
                    participant T1 as bob
                    participant T2 as callback on 8
                    participant T3 as %s
                    Note over T0: waits on 0
                    activate T0
                    Note over T1: waits on 0
                    activate T1
                    T3->>T0: wakes 0
                    deactivate T0
                    Note over T3: moves 1 from 0 to 4 = 0
                    T3->>T1: wakes 4
                    deactivate T1
                    Note over T2: waits on 8
                    activate T2
                    T3->>T2: wakes 8
                    deactivate T2
                    Note over T3: waits on 0
                    activate T3
                    Note over T3: TIMED_OUT
                    deactivate T3
                """.formatted(Thread.currentThread().getName()),
                JfrDiagram.of(file).replace(zero, "0").replace(four, "4").replace(eight, "8"));
    }

    /** One thread is woken on its word, one on its requeue target, a callback is called, and one wait times out. */
    private void play() throws Exception {
        List<FutureTask<WaitResult>> guests = new ArrayList<>();
        for (String name : List.of("ada", "bob")) {
            FutureTask<WaitResult> guest = new FutureTask<>(() -> table.await(memory, 0, PRIVATE, 0));
            Thread t = new Thread(guest, name);
            t.setDaemon(true);
            t.start();
            while (t.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            guests.add(guest);
        }
        table.wake(memory, 0, PRIVATE, 1);
        guests.get(0).get();
        table.requeue(memory, 0, 4, PRIVATE, 0, 1);
        table.wake(memory, 4, PRIVATE, 1);
        guests.get(1).get();
        table.prepare(memory, 8, PRIVATE, 0).onEnd(end -> {});
        table.wake(memory, 8, PRIVATE, 1);
        table.await(memory, 0, PRIVATE, 0, Deadline.after(1_000));
    }
}
