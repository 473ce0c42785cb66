package org.jfutex.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever a guest passes to a futex call, there is an answer: see {@link CallFuzzer}.
 *
 * <p>{@code -Djfutex.fuzz.machines=10000} is the deep form, {@code -Djfutex.seed=...} repeats one machine. {@link JazzerTarget} is the form that is guided by coverage.
 */
class CallFuzzTest {

    private static final int MACHINES = Integer.getInteger("jfutex.fuzz.machines", 60);
    private static final int STEPS = 1500;

    @Test
    @Timeout(3600)
    void everyCallGivesAValueOrAnErrnoAndAnErrorChangesNothing() {
        long first = Long.getLong("jfutex.seed", System.nanoTime());
        int machines = System.getProperty("jfutex.seed") == null ? MACHINES : 1;
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = first; seed < first + machines; seed++) {
            CallFuzzer fuzzer = new CallFuzzer(new SplittableRandom(seed));
            int step = 0;
            try {
                while (step < STEPS) {
                    fuzzer.step();
                    step++;
                }
                fuzzer.end();
                assertEquals(List.of(), fuzzer.table().dump());
            } catch (Throwable t) {
                throw new AssertionError(
                        "-Djfutex.seed=" + seed + ", step " + step + ": " + fuzzer.last() + ": " + t, t);
            }
            fuzzer.seen().forEach((what, count) -> seen.merge(what, count, Integer::sum));
        }
        if (machines > 1) {
            assertTrue(seen.size() > 80, () -> "this reaches little: " + seen);
        }
        System.out.println("fuzz: " + seen.values().stream().mapToInt(i -> i).sum() + " calls, " + seen.size()
                + " pairs of operation and answer");
    }
}
