package org.jfutex.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Tests the sequence diagrams of recorded programs. */
class SequenceDiagramTest {

    @Test
    void wake_isAnArrow_sleepIsABar() {
        Program p = new Program(
                "written",
                "1",
                List.of(
                        "A2 wait fileS+0 0 => block",
                        "B2 wait fileS+0 0 => block",
                        "A0 wait fileS+0 1 => -EAGAIN",
                        "B1 wake fileS+0 2 => 2 ; A2 => 0 ; B2 => 0",
                        "A1 wait anonS+0 0 => block"));
        assertEquals("""
                sequenceDiagram
                    participant A0
                    participant A1
                    participant A2
                    participant B1
                    participant B2
                    Note over A2: wait fileS+0 0
                    activate A2
                    Note over B2: wait fileS+0 0
                    activate B2
                    Note over A0: wait fileS+0 1 = -EAGAIN
                    B1->>A2: wake fileS+0 2 = 2
                    Note over A2: wait fileS+0 0 = 0
                    deactivate A2
                    B1->>B2: ... and
                    Note over B2: wait fileS+0 0 = 0
                    deactivate B2
                    Note over A1: wait anonS+0 0
                    activate A1
                    Note over A1: still asleep
                    deactivate A1
                """, SequenceDiagram.of(p));
    }

    @ParameterizedTest
    @FieldSource("org.jfutex.replay.Excerpt#NAMES")
    void everyRecordedProgram_isDrawn_everySleepEnds(String name) throws IOException {
        for (Program p : Recording.builtIn(name + ".txt.gz").programs()) {
            List<String> lines = SequenceDiagram.of(p).lines().toList();
            assertEquals(count(lines, "activate"), count(lines, "deactivate"), p::toString);
        }
    }

    private static long count(List<String> lines, String word) {
        return lines.stream().filter(l -> l.strip().startsWith(word + " ")).count();
    }
}
