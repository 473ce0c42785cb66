package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jfutex.ExhaustionScenarios.Situation;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operation, at every depth of a nearly full stack. Each is done completely, or it throws {@link
 * StackOverflowError} and has changed nothing. Afterwards every lock is free, and no waiter is left.
 *
 * <p>Without {@link StackGuard#check}, more than half of the operations fail with {@code -Xint}. Locks of tables and
 * address spaces stay held, counted waiters are in no queue, and wakes are not reported.
 */
class StackOverflowTest {

    private static final int ENOUGH = 20; // frames beyond the smallest depth at which the operation succeeds
    private static final int MOST = 1000;

    @TestFactory
    List<DynamicTest> atEveryDepth() {
        return Stream.of(
                        ExhaustionScenarios.all(),
                        ExhaustionScenarios.releases(),
                        ExhaustionScenarios.conditions(),
                        SpaceExhaustionScenarios.all())
                .flatMap(List::stream)
                .map(s -> DynamicTest.dynamicTest(name(s.get()), () -> onASmallStack(s)))
                .toList();
    }

    private static String name(Situation situation) {
        situation.check(false); // checks the state after an operation that threw
        return situation.getClass().getSimpleName();
    }

    private static void onASmallStack(Supplier<Situation> situations) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        int[] count = new int[2];
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        Situation warm = situations.get();
                        warm.run(); // loads and links what the operation needs
                        warm.check(true);
                        for (int depth = 0; depth < MOST && count[0] < ENOUGH; depth++) {
                            Situation s = situations.get();
                            Dive dive = new Dive(s, depth);
                            dive.down();
                            count[dive.done ? 0 : 1]++;
                            Throwable failure = dive.failure;
                            try {
                                assertTrue(
                                        failure == null || failure instanceof StackOverflowError,
                                        () -> "threw " + failure);
                                s.check(dive.done);
                                s.table.cancel(key -> true);
                                TableEmptyCheck.check(s.table);
                            } catch (Throwable t) {
                                t.addSuppressed(failure == null ? new Throwable("done") : failure);
                                throw new AssertionError(
                                        s.getClass().getSimpleName() + " with room for " + depth + " frames: "
                                                + t.getMessage(),
                                        t);
                            }
                        }
                    } catch (Throwable t) {
                        failures.add(t);
                    }
                },
                "small stack",
                200 << 10);
        thread.setDaemon(true);
        thread.start();
        thread.join(60_000);
        assertFalse(thread.isAlive(), () -> "stuck: " + Arrays.toString(thread.getStackTrace()));
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.get(0).getMessage(), failures.get(0));
        }
        assertTrue(count[0] > 0 && count[1] > 0, () -> Arrays.toString(count));
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
        int down() {
            int height;
            try {
                height = down() + 1;
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
