package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Tests the ways to choose schedules, their ids, and the arguments of the explorer. */
class ScheduleTest {

    @Test
    void id_isReadAsItWasWritten() {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 1_000; i++) {
            int[] choices = random.ints(random.nextInt(30), 0, 3)
                    .map(g -> random.nextInt(5) == 0 ? Choice.fault(Fault.values()[random.nextInt(4)], g) : g)
                    .toArray();
            assertArrayEquals(choices, Choice.parse(Choice.id(choices)), Choice.id(choices));
        }
        assertEquals("a3bTac", Choice.id(new int[] {0, 0, 0, 1, Choice.fault(Fault.TIMEOUT, 0), 2}));
    }

    @Test
    void badId_isRefused() {
        for (String id : new String[] {"A", "a3T", "3", "a b", "aX", "?"}) {
            assertThrows(IllegalArgumentException.class, () -> Explorer.replay(id), id);
        }
    }

    @Test
    void randomAndPct_findALostWake() {
        for (long seed = 0; seed < 10; seed++) {
            Failure random =
                    Mutex3.threads(Explorer.random(seed, 20_000), 2, true).run().found();
            assertNotNull(random);
            Failure pct =
                    Mutex3.threads(Explorer.pct(seed, 20_000, 2), 2, true).run().found();
            assertNotNull(pct);
            assertEquals(random.kind(), pct.kind());
            assertTrue(random.preemptions() <= 2, random::toString); // after it was shortened
        }
        assertNull(Mutex3.threads(Explorer.random(1, 500), 3, false).check().found());
        assertNull(Mutex3.threads(Explorer.pct(1, 500, 3), 3, false).check().found());
    }

    @Test
    void equalSeeds_giveEqualSchedules() {
        Failure a = Mutex3.threads(Explorer.random(5, 20_000), 3, true).run().found();
        Failure b = Mutex3.threads(Explorer.random(5, 20_000), 3, true).run().found();
        assertNotNull(a);
        assertNotNull(b);
        assertEquals(a.schedule(), b.schedule());
    }

    @Test
    void threadsAndMachines_haveEqualCounts() {
        Exploration threads = Mutex3.threads(Explorer.allSchedules(), 2, false)
                .withoutReduction()
                .check();
        Exploration machines =
                Mutex3.machines(Explorer.allSchedules(), 2).withoutReduction().check();
        assertEquals(threads, machines);
        assertTrue(Mutex3.machines(Explorer.allSchedules(), 4).check().complete());
    }

    @Test
    void illegalArguments_areRefused() {
        Explorer e = Explorer.allSchedules();
        assertThrows(IllegalStateException.class, e::run);
        assertThrows(IllegalArgumentException.class, () -> e.preemptions(-1));
        assertThrows(IllegalArgumentException.class, () -> e.maxRuns(0));
        assertThrows(IllegalArgumentException.class, () -> e.maxSteps(0));
        assertThrows(IllegalArgumentException.class, () -> e.maxStates(0));
        assertThrows(IllegalArgumentException.class, () -> e.maxFaults(-1));
        assertThrows(IllegalArgumentException.class, () -> e.memoryBytes(12));
        assertThrows(IllegalArgumentException.class, () -> e.word("x", 1024, 0));
        assertThrows(IllegalArgumentException.class, () -> e.word("x", 2, 0));
        assertThrows(IllegalArgumentException.class, () -> e.word("x", 512, 0).memoryBytes(256));
        assertThrows(IllegalArgumentException.class, () -> Explorer.random(1, 0));
        assertThrows(IllegalArgumentException.class, () -> Explorer.pct(1, 1, 0));
        Explorer full = e;
        for (int i = 0; i < 26; i++) {
            full = full.thread("T" + i, g -> {});
        }
        Explorer tooMany = full;
        assertThrows(IllegalArgumentException.class, () -> tooMany.thread("one more", g -> {}));
        assertEquals(26, full.preemptions(0).maxRuns(1).run().steps());
    }
}
