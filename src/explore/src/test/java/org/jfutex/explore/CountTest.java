package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Tests that the numbers of schedules of small programs are those of the formulas. */
class CountTest {

    /** A guest that stores to a word of its own several times. */
    private static Explorer withGuest(Explorer explorer, boolean thread, int stores) {
        return thread
                ? explorer.thread("thread", g -> storeAll(g, stores))
                : explorer.machine("machine", () -> new Stores(stores));
    }

    private static void storeAll(Guest g, int stores) {
        for (int i = 1; i <= stores; i++) {
            g.store(g.index() * 4L, i);
        }
    }

    private static final class Stores implements StepMachine {
        private int left;

        Stores(int stores) {
            left = stores;
        }

        @Override
        public boolean step(Guest g) {
            g.store(g.index() * 4L, left);
            return --left > 0;
        }
    }

    private static Explorer program(Explorer explorer, boolean threads, int... stores) {
        Explorer e = explorer;
        for (int n : stores) {
            e = withGuest(e, threads, n);
        }
        return e;
    }

    private static BigInteger factorial(int n) {
        return n == 0 ? BigInteger.ONE : factorial(n - 1).multiply(BigInteger.valueOf(n));
    }

    /** The number of interleavings of sequences: the multinomial coefficient. */
    private static long interleavings(int... lengths) {
        BigInteger n = factorial(Arrays.stream(lengths).sum());
        for (int length : lengths) {
            n = n.divide(factorial(length));
        }
        return n.longValueExact();
    }

    /** The number of ways to cut a sequence into non-empty parts. */
    private static long parts(int length, int parts) {
        return parts < 1 || parts > length ? 0 : binomial(length - 1, parts - 1);
    }

    private static long binomial(int n, int k) {
        return interleavings(k, n - k);
    }

    /**
     * The number of interleavings of two sequences with at most so many preemptions: a switch is one unless it follows
     * the end of a sequence.
     */
    private static long bounded(int a, int b, int preemptions) {
        long sum = 0;
        for (int i = 1; i <= a; i++) {
            for (int j = Math.max(1, i - 1); j <= Math.min(b, i + 1); j++) {
                int orders = i == j ? 2 : 1;
                int switches = i + j - 1;
                if (switches - 1 <= preemptions) { // the last switch follows the end of the other sequence
                    sum += orders * parts(a, i) * parts(b, j);
                }
            }
        }
        return sum;
    }

    private static void assertCount(long expected, Explorer explorer) {
        Exploration result = explorer.withoutReduction().run();
        assertEquals(expected, result.schedules(), result::toString);
        assertTrue(result.complete());
        assertNull(result.found());
    }

    @Test
    void allSchedules_areTheMultinomialCoefficient() {
        for (boolean threads : new boolean[] {true, false}) {
            assertCount(1, program(Explorer.allSchedules(), threads, 5));
            assertCount(interleavings(1, 1), program(Explorer.allSchedules(), threads, 1, 1));
            assertCount(interleavings(4, 5), program(Explorer.allSchedules(), threads, 4, 5));
            assertCount(interleavings(2, 3, 2), program(Explorer.allSchedules(), threads, 2, 3, 2));
            assertCount(interleavings(2, 2, 2, 1), program(Explorer.allSchedules(), threads, 2, 2, 2, 1));
        }
    }

    @Test
    void boundedSchedules_areTheSumOverTheirSwitches() {
        for (boolean threads : new boolean[] {true, false}) {
            for (int bound = 0; bound <= 8; bound++) {
                assertCount(
                        bounded(5, 4, bound), program(Explorer.allSchedules().preemptions(bound), threads, 5, 4));
                assertCount(
                        bounded(3, 3, bound), program(Explorer.allSchedules().preemptions(bound), threads, 3, 3));
            }
        }
        assertEquals(interleavings(5, 4), bounded(5, 4, 8));
    }

    @Test
    void independentSteps_areContinuedOnceForEachState() {
        Exploration result = program(Explorer.allSchedules(), false, 6, 6).run();
        assertTrue(result.states() <= 7 * 7 * 2, result::toString);
        assertTrue(result.runs() <= 7 * 7 * 2, result::toString);
    }
}
