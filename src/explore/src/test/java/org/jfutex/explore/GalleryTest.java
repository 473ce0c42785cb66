package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Tests that each broken lock is found, and that its correct form passes with as many preemptions. */
class GalleryTest {

    private static final int PREEMPTIONS = Boolean.getBoolean("jfutex.explore.deep") ? 5 : 3;

    @TestFactory
    Stream<DynamicTest> brokenLocks() {
        return BrokenLocks.ALL.stream().map(e -> DynamicTest.dynamicTest(e.name(), () -> check(e)));
    }

    private static void check(BrokenLocks.Exhibit exhibit) {
        Explorer all = Explorer.allSchedules().preemptions(PREEMPTIONS);
        long begin = System.nanoTime();
        Exploration broken = exhibit.form().of(all, true).run();
        long found = System.nanoTime();
        Exploration correct = exhibit.form().of(all, false).check();
        long passed = System.nanoTime();
        Failure failure = broken.found();
        assertNotNull(failure, broken::toString);
        assertTrue(exhibit.kinds().contains(failure.kind()), failure::toString);
        assertFalse(failure.steps().isEmpty());
        assertTrue(correct.complete(), correct::toString);
        System.out.printf(
                "%-45s found in run %6d, %7.1f ms, %d preemptions, %2d steps, %-11s correct: %7d runs, %8.1f ms%n",
                exhibit.name(),
                broken.runs(),
                (found - begin) / 1e6,
                failure.preemptions(),
                failure.steps().size(),
                failure.kind(),
                correct.runs(),
                (passed - found) / 1e6);
    }
}
