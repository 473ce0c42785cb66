package org.jfutex.model;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** Checks that every outcome of random programs of a few threads is allowed by a sequential specification. */
final class Linearizable {

    /** The number of programs in the deep form. */
    private static final int DEEP = Integer.getInteger("jfutex.lincheck.programs", 300);

    static {
        Scenario.initializeLibrary();
    }

    private Linearizable() {}

    static void holds(int threads, Class<?> operations, Class<?> law) {
        if (Scenario.IS_DEEP) {
            options(threads, law, DEEP, 1_000).check(operations);
        } else {
            holdsQuickly(threads, operations, law);
        }
    }

    /** Checks in the quick form, even if the deep form is requested. */
    static void holdsQuickly(int threads, Class<?> operations, Class<?> law) {
        options(threads, law, 10, 30).check(operations);
    }

    static void fails(int threads, Class<?> operations, Class<?> law) {
        assertThrows(
                LincheckAssertionError.class,
                () -> options(threads, law, 300, 100).check(operations),
                () -> "the model checker does not detect " + operations.getSimpleName());
    }

    private static ModelCheckingOptions options(int threads, Class<?> law, int programs, int interleavings) {
        return new ModelCheckingOptions()
                .threads(threads)
                .actorsBefore(3)
                .actorsPerThread(3)
                .actorsAfter(2)
                .iterations(programs)
                .invocationsPerIteration(interleavings)
                .minimizeFailedScenario(false)
                .sequentialSpecification(law);
    }
}
