package org.jfutex.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTest {

    @Test
    void parse_readsTheCommandAndAllResults() {
        assertEquals(
                new Step(
                        Actor.B1,
                        "wake",
                        List.of("fileS+0", "-1", "private"),
                        Map.of(Actor.B1, "2", Actor.A2, "0", Actor.A0, "-EINVAL")),
                Step.parse("B1 wake fileS+0 -1 private => 2 ; A2 => 0 ; A0 => -EINVAL"));
    }

    @Test
    void parse_commandWithoutArguments() {
        assertEquals(new Step(Actor.A0, "exit", List.of(), Map.of(Actor.A0, "0")), Step.parse("A0 exit => 0"));
    }

    @Test
    void parse_threadIdWithFlags() {
        assertEquals(
                Map.of(Actor.A1, "tid:B0|WAITERS|DIED"),
                Step.parse("A1 load fileS+4 => tid:B0|WAITERS|DIED").answers());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# runner failed 256",
                "A0 wake anonP+0 1",
                "A0 wake anonP+0 1 =>",
                "A0 wake anonP+0 1 => ",
                "A3 wake anonP+0 1 => 0",
                "A0 => 0",
                "A0 wake anonP+0 1 => soon",
                "A0 wake anonP+0 1 => 0 ; ",
                "A0 wake anonP+0 1 => 1 ; A1 => block",
                "A0 wake anonP+0 1 => 2 ; A1 => 0 ; A1 => 0",
                "A0 wake anonP+0 1 => 1 ; A0 => 0",
                "A0 load anonP+0 => tid:A0|DIED|WAITERS",
                "A0  wake anonP+0 1 => 0",
                "A0 wake anonP+0 1 => 0 A1 wake"
            })
    void parse_malformedLine_isRejected(String line) {
        assertThrows(IllegalArgumentException.class, () -> Step.parse(line));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A0 sleep anonP+0 => 0",
                "A0 wake => 0",
                "A0 wake anonP+0 => 0",
                "A0 wake anonP+0 1 2 => 0",
                "A0 wake anonP+0 1 quickly => 0",
                "A0 wake anonP+0 many => 0",
                "A0 wake nowhere+0 1 => 0",
                "A0 wake anonP+0 4294967296 => 0",
                "A0 waitv anonP+0 => 0",
                "A0 mprotect anonP 4 => 0",
                "A0 robust_add anonP+0 => 0"
            })
    void command_badArguments_isRejected(String line) {
        Step step = Step.parse(line);
        assertThrows(RuntimeException.class, () -> Commands.of(step));
    }
}
