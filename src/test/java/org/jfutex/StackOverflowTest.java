package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jfutex.ExhaustionScenarios.Situation;
import org.jfutex.key.StackGuard;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every operation, at every depth of a nearly full stack. Each is done completely, or it throws {@link
 * StackOverflowError} and has changed nothing. Afterwards every lock is free, and no waiter is left.
 *
 * <p>Without {@link StackGuard#check}, more than half of the operations fail with {@code -Xint}. Locks of tables and
 * address spaces stay held, counted waiters are in no queue, and wakes are not reported. If {@link
 * StackGuard#checkCall} and {@link StackGuard#checkExit} check for 8 KiB only, six operations are done halfway: the
 * exits of tasks, the truncation of a file, and changes of mappings that move or end waiters.
 */
class StackOverflowTest {

    /** In this JVM, which has compiled some methods and not others. */
    @TestFactory
    List<DynamicTest> atEveryDepth() {
        return StackDepths.scenarios().stream()
                .map(s -> DynamicTest.dynamicTest(name(s.get()), () -> StackDepths.run(s, StackDepths.COMPILED_STEP)))
                .toList();
    }

    private static String name(Situation situation) {
        situation.check(false); // checks the state after an operation that threw
        return situation.getClass().getSimpleName();
    }

    /** Interpreted frames are the largest. Those of the two compilers differ, and each checks whole pages. */
    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:+TieredCompilation"})
    @Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void inAFreshJvm_atEveryDepth(String mode) throws Exception {
        List<String> lines = Jvm.runWithAssertions(List.of(mode), StackDepths.class);
        String last = lines.get(lines.size() - 1);
        assertEquals("0 of " + StackDepths.scenarios().size() + " failed", last);
    }
}
