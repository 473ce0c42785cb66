package org.jfutex.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order and the cost of the tasks that a virtual clock runs. */
@Timeout(60)
class VirtualClockTest {

    private final VirtualClock clock = new VirtualClock();
    private final List<String> rung = new ArrayList<>();

    private void schedule(ClockId clockId, long deadline, String name) {
        clock.schedule(clockId, deadline, () -> rung.add(name));
    }

    @Test
    void advance_tasksOfBothClocks_runInOrderOfDeadlines() {
        schedule(ClockId.REALTIME, 30, "c");
        schedule(ClockId.MONOTONIC, 20, "b");
        schedule(ClockId.REALTIME, 10, "a");
        schedule(ClockId.MONOTONIC, 30, "d");
        schedule(ClockId.MONOTONIC, 41, "e");
        clock.advance(40);
        assertEquals(List.of("a", "b", "c", "d"), rung);
        assertEquals(1, clock.sleepers());
    }

    @Test
    void setRealtime_tasksOfMonotonicClock_doNotRun() {
        schedule(ClockId.MONOTONIC, 5, "monotonic");
        schedule(ClockId.REALTIME, 50, "realtime");
        clock.setRealtime(100);
        assertEquals(List.of("realtime"), rung);
    }

    @Test
    void advance_manyTasksNoneDue_visitsNone() {
        for (int i = 0; i < 100_000; i++) {
            clock.schedule(i % 2 == 0 ? ClockId.MONOTONIC : ClockId.REALTIME, Long.MAX_VALUE - i, () -> {});
        }
        var threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < 1_000; i++) {
            clock.advance(1);
        }
        long used = threads.getCurrentThreadCpuTime() - before;
        assertTrue(used < TimeUnit.SECONDS.toNanos(1), "1000 advances took " + used + " ns"); // 4 s if each visits all
    }
}
