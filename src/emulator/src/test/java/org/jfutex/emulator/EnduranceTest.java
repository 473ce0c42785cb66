package org.jfutex.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs guests whose threads use locks without a pause: a shared counter, a bounded queue, dining philosophers. A wake
 * that is lost once in a million shows here as a guest that hangs.
 *
 * <p>Each runs for the seconds of the property {@code jfutex.emulator.endurance}, one by default.
 */
class EnduranceTest {

    private static final String SECONDS = System.getProperty("jfutex.emulator.endurance", "1");

    @ParameterizedTest
    @ValueSource(strings = {"counter", "queue", "philosophers"})
    void guest_onPlatformThreads_losesNoWake(String kind) throws InterruptedException {
        run(kind, Thread::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"counter", "queue", "philosophers"})
    void guest_onVirtualThreads_losesNoWake(String kind) throws InterruptedException {
        assumeTrue(Runtime.version().feature() >= 21, "this JDK has no virtual threads");
        run(kind, Emulator.virtualThreads());
    }

    private static void run(String kind, ThreadFactory threads) throws InterruptedException {
        Guests.Result result = Guests.run(Guests.compile("endurance/endurance.c"), threads, kind, SECONDS);
        assertEquals(new Guests.Result(0, "", ""), new Guests.Result(result.exitCode(), "", result.err()));
        System.out.println(kind + ": " + result.out().strip() + " rounds in " + SECONDS + " s");
    }
}
