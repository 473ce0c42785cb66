package org.jfutex.linux;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Runs random programs on the host's kernel and on a futex table, and compares them after each step.
 *
 * <p>{@code -Djfutex.live.seconds=600} runs it for ten minutes, {@code -Djfutex.live.seed=N} starts with program N.
 */
class LiveKernelTest {

    private static final int STEPS = 40;

    @BeforeEach
    void requireHostKernel() {
        assumeTrue(HostKernel.isAvailable(), "needs Linux on x86-64 and JDK 22 or later");
    }

    @Test
    void randomPrograms_kernelAndTable_returnEqualResults() throws Exception {
        long until = System.nanoTime() + Long.getLong("jfutex.live.seconds", 5) * 1_000_000_000L;
        long seed = Long.getLong("jfutex.live.seed", 1);
        long first = seed;
        try (LiveMachines machines = new LiveMachines(HostKernel.connect())) {
            for (; System.nanoTime() < until; seed++) {
                check(machines, LiveProgram.random(seed, STEPS), seed);
            }
        }
        System.out.println("live kernel: " + (seed - first) + " programs of " + STEPS + " steps, 0 differences");
        assertTrue(seed > first);
    }

    private static void check(LiveMachines machines, LiveProgram program, long seed) {
        String difference = machines.run(program, UnaryOperator.identity());
        if (difference != null) {
            LiveProgram small = program.shrunk(p -> machines.run(p, UnaryOperator.identity()) != null);
            String last = machines.run(small, UnaryOperator.identity());
            assertNull(difference, () -> "program " + seed + ", shrunk to\n" + small + last);
        }
    }

    @Test
    void plantedBug_isDetectedAndShrunk() throws Exception {
        UnaryOperator<LiveProgram.Step> deafToChannels = s -> s.op() == Machine.WAKE_BITSET && s.val3() != 0
                ? new LiveProgram.Step(
                        s.actor(), s.op(), s.isPrivate(), s.word(), s.val(), s.val2(), s.word2(), Machine.ANY)
                : s;
        try (LiveMachines machines = new LiveMachines(HostKernel.connect())) {
            LiveProgram failing = firstToFail(machines, deafToChannels);
            LiveProgram small = failing.shrunk(p -> machines.run(p, deafToChannels) != null);
            assertTrue(small.steps().size() <= 3, () -> "not shrunk: " + small);
        }
    }

    private static LiveProgram firstToFail(LiveMachines machines, UnaryOperator<LiveProgram.Step> fault) {
        for (long seed = 1; ; seed++) {
            LiveProgram program = LiveProgram.random(seed, STEPS);
            @Nullable String difference = machines.run(program, fault);
            if (difference != null) {
                return program;
            }
        }
    }
}
