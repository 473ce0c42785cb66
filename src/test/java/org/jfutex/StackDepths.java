package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jfutex.ExhaustionScenarios.Situation;
import org.jspecify.annotations.Nullable;

/**
 * Runs an operation at every depth of a nearly full stack. It is also a program, because the size of a frame depends on
 * how the JVM runs its method.
 */
final class StackDepths {

    private static final int ENOUGH = 10; // frames beyond the smallest depth at which the operation succeeds
    private static final int MOST = 5000;

    /** The step in a JVM that has compiled the recursion, whose frames are several times smaller then. */
    static final int COMPILED_STEP = 8;

    private static final int STACK = 256 << 10;

    private StackDepths() {}

    /** Every scenario. */
    static List<Supplier<Situation>> scenarios() {
        return Stream.of(
                        ExhaustionScenarios.all(),
                        ExhaustionScenarios.releases(),
                        ExhaustionScenarios.conditions(),
                        SpaceExhaustionScenarios.all(),
                        CallExhaustionScenarios.all())
                .flatMap(List::stream)
                .toList();
    }

    /** Runs all scenarios. The exit status is 0 if all checks passed. */
    public static void main(String[] args) throws Exception {
        boolean compiles = !System.getProperty("java.vm.info").contains("interpreted");
        int failed = 0;
        for (Supplier<Situation> scenario : scenarios()) {
            try {
                run(scenario, compiles ? COMPILED_STEP : 1);
            } catch (Throwable t) {
                failed++;
                t.printStackTrace(System.out);
            }
        }
        System.out.println(failed + " of " + scenarios().size() + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    /** Runs a scenario at every depth, until the stack has suited it a few times. A step is a number of frames. */
    static void run(Supplier<Situation> situations, int step) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        int[] count = new int[2];
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        Situation warm = situations.get();
                        warm.run(); // loads and links what the operation needs
                        warm.check(true);
                        for (int depth = 0; depth < MOST && count[0] < ENOUGH; depth += step) {
                            Situation s = situations.get();
                            Dive dive = new Dive(s, depth);
                            dive.down(1, 2, 3, 4);
                            count[dive.done ? 0 : 1]++;
                            check(s, dive, depth);
                        }
                    } catch (Throwable t) {
                        failures.add(t);
                    }
                },
                "small stack",
                STACK);
        thread.setDaemon(true);
        thread.start();
        thread.join(300_000);
        if (thread.isAlive()) {
            AssertionError stuck = new AssertionError("stuck");
            stuck.setStackTrace(thread.getStackTrace());
            throw stuck;
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.get(0).getMessage(), failures.get(0));
        }
        assertTrue(count[0] > 0 && count[1] > 0, () -> Arrays.toString(count));
    }

    private static void check(Situation s, Dive dive, int depth) {
        Throwable failure = dive.failure;
        try {
            assertTrue(failure == null || failure instanceof StackOverflowError, () -> "threw " + failure);
            s.check(dive.done);
            s.table.cancel(key -> true);
            TableEmptyCheck.check(s.table);
        } catch (Throwable t) {
            t.addSuppressed(failure == null ? new Throwable("done") : failure);
            throw new AssertionError(
                    s.getClass().getSimpleName() + " with room for " + depth + " frames: " + t.getMessage(), t);
        }
    }

    /** Fills the stack, then runs an operation some frames above its end. */
    private static final class Dive {
        private final Situation situation;
        private final int above;
        boolean done;

        @Nullable
        Throwable failure;

        Dive(Situation situation, int above) {
            this.situation = situation;
            this.above = above;
        }

        @SuppressWarnings("InfiniteRecursion") // the recursion fills the stack
        int down(long a, long b, long c, long d) { // a step is larger with parameters
            int height;
            try {
                height = down(b, c, d, a) + 1;
            } catch (StackOverflowError e) {
                height = 0;
            }
            if (height == above) {
                try {
                    situation.run();
                    done = true;
                } catch (Throwable t) {
                    failure = t;
                }
            }
            return height;
        }
    }
}
