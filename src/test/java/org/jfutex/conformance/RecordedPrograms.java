package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.jfutex.replay.Excerpt;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Tests against results recorded on Linux 6.18, for the steps that a memory supports. */
interface RecordedPrograms extends Subject {

    @TestFactory
    default Stream<DynamicTest> recordedProgramsReturnLinuxResults() {
        List<Excerpt> playable = Excerpt.NAMES.stream()
                .map(name -> Excerpt.of(name, stage()))
                .filter(e -> e.steps() > 0)
                .toList();
        assertFalse(playable.isEmpty(), "no recorded program can run: see FutexConformance.stage");
        return playable.stream().map(e -> dynamicTest(e.toString(), () -> play(e)));
    }

    private void play(Excerpt excerpt) {
        System.out.println(getClass().getSimpleName() + ", recorded on Linux: " + excerpt);
        assertEquals(List.of(), excerpt.play());
    }
}
