package org.jfutex.replay;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import jdk.jfr.Recording;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.Polling;
import org.jfutex.WaitResult;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FlightDiagramTest {

    private final FutexTable table = FutexTable.builder().polling(Polling.NONE).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));

    @TempDir
    Path folder;

    @Test
    void liveProgramIsDrawnWithWhoWasWokenByWhom() throws Exception {
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
        assertEquals(
                """
                sequenceDiagram
                    participant T0 as ada
                    participant T1 as bob
                    participant T2 as %s
                    Note over T0: waits on 0
                    activate T0
                    Note over T1: waits on 4
                    activate T1
                    T2->>T0: wakes 0
                    deactivate T0
                    Note over T2: moves 1 from 0 to 4 = 0
                    T2->>T1: wakes 4
                    deactivate T1
                    Note over T2: waits on 0
                    activate T2
                    Note over T2: TIMED_OUT
                    deactivate T2
                """.formatted(Thread.currentThread().getName()),
                FlightDiagram.of(file).replace(zero, "0").replace(four, "4"));
    }

    /** One is woken where it slept, the other where it was moved to, and we give up. */
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
        table.await(memory, 0, PRIVATE, 0, Deadline.after(1_000));
    }
}
