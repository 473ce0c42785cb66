package org.jfutex.model;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** Random programs of a few threads, their interleavings, and a law that every outcome must obey. */
final class Linearizable {

    /** How many programs the deep form makes. */
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

    /** The quick form always. */
    static void holdsQuickly(int threads, Class<?> operations, Class<?> law) {
        options(threads, law, 10, 30).check(operations);
    }

    static void fails(int threads, Class<?> operations, Class<?> law) {
        assertThrows(
                LincheckAssertionError.class,
                () -> options(threads, law, 300, 100).check(operations),
                () -> "the model checker does not see " + operations.getSimpleName());
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
