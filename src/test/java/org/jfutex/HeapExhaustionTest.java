package org.jfutex;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jfutex.ExhaustionScenarios.Situation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every operation in a full heap, with free space for zero, one, two or more objects. Each operation is done completely
 * or not at all, even if it throws. Afterwards every lock is free, and no waiter is left.
 *
 * <p>The result of an operation may need an allocation too, so an {@link OutOfMemoryError} does not imply that it did
 * nothing.
 */
class HeapExhaustionTest {

    private static final int ENOUGH = 3; // successful runs in a row
    private static final int MOST = 200;

    @Test
    void everyOperation_allocationFails_isDoneOrNot(@TempDir Path directory) throws Exception {
        SmallHeap.runMainOf(HeapExhaustionTest.class, directory);
    }

    /** Fills the heap before each operation. The exit status is 0 if all checks passed. */
    public static void main(String[] args) throws Exception {
        SmallHeap.limitTime();
        int errors = 0;
        for (Supplier<Situation> situations : ExhaustionScenarios.releases()) {
            Situation warm = situations.get();
            warm.run();
            warm.check(true);
            for (int left = 0; left < ENOUGH; left++) {
                Situation s = situations.get();
                check(s, run(s, left, true));
            }
        }
        for (Supplier<Situation> situations : ExhaustionScenarios.all()) {
            Situation warm = situations.get();
            warm.run();
            warm.check(true);
            warm.table.cancel(key -> true);
            TableEmptyCheck.check(warm.table);
            int well = 0;
            for (int left = 0; left < MOST && well < ENOUGH; left++) {
                Situation s = situations.get();
                Throwable failure = run(s, left, false);
                errors += failure == null ? 0 : 1;
                well += failure == null ? 1 : 0;
                try {
                    check(s, failure);
                } catch (Throwable t) {
                    throw new AssertionError(s.getClass().getSimpleName() + ", room for " + left, t);
                }
            }
            if (well < ENOUGH) {
                throw new AssertionError(warm.getClass().getSimpleName() + " was never done");
            }
        }
        if (errors < 2 * ExhaustionScenarios.all().size()) {
            throw new AssertionError("no more than " + errors + " errors say nothing");
        }
    }

    private static volatile boolean begun;

    /** Waits until an operation has run for a while, then frees heap. */
    private static void relieve(@Nullable Object[] heap) {
        while (!begun) {
            Thread.onSpinWait();
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        for (int i = 0; i < heap.length; i++) {
            heap[i] = null;
        }
    }

    /** Runs an operation with heap for this many objects without fields, for its whole duration or for a while. */
    private static @Nullable Throwable run(Situation s, int left, boolean forAWhile) throws InterruptedException {
        @Nullable Object[] heap = SmallHeap.places();
        begun = false;
        Thread relief = new Thread(() -> relieve(heap));
        if (forAWhile) {
            relief.start();
        }
        SmallHeap.fill(heap, left);
        begun = true;
        try {
            s.run();
            return null;
        } catch (Throwable t) {
            return t;
        } finally {
            relief.join();
            SmallHeap.empty();
        }
    }

    private static void check(Situation s, @Nullable Throwable failure) throws Exception {
        if (failure == null) {
            s.check(true);
        } else if (!(failure instanceof OutOfMemoryError)) {
            throw new AssertionError("not an error of memory", failure);
        } else {
            try {
                s.check(false);
            } catch (AssertionError doneThen) {
                doneThen.addSuppressed(failure);
                checkDone(s, doneThen);
            }
        }
        s.table.cancel(key -> true);
        TableEmptyCheck.check(s.table);
    }

    private static void checkDone(Situation s, AssertionError otherwise) {
        try {
            s.check(true);
        } catch (AssertionError t) {
            t.addSuppressed(otherwise);
            throw t;
        }
    }
}
