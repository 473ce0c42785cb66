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
 * Every operation in a heap that has room for nothing, for a little, for a little more: it is done wholly or not at all, whatever it throws, and afterwards
 * every lock is free and nobody is left over.
 *
 * <p>The answer of an operation may need memory too, so an {@link OutOfMemoryError} does not say that nothing was done.
 */
class HeapExhaustionTest {

    private static final int ENOUGH = 3; // times that all goes well
    private static final int MOST = 200;

    @Test
    void atEveryAllocation(@TempDir Path directory) throws Exception {
        SmallHeap.runMainOf(HeapExhaustionTest.class, directory);
    }

    /** Fills the heap before each operation; the exit status says whether all went well. */
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

    /** Waits until an operation has begun, and a while, then makes room. */
    private static void relieve(@Nullable Object[] heap) {
        while (!begun) {
            Thread.onSpinWait();
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        for (int i = 0; i < heap.length; i++) {
            heap[i] = null;
        }
    }

    /** Runs an operation with room for so many objects without fields, and no more, or no more for a while. */
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
