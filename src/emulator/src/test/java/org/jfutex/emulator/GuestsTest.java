package org.jfutex.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs each guest program, real glibc and libstdc++ included, many times. A fault of a lock shows only in some
 * schedules.
 */
class GuestsTest {

    private static final int REPEATS = Integer.getInteger("jfutex.emulator.repeats", 20);

    static List<String> guests() {
        return Guests.sources().stream()
                .filter(name -> !name.equals("instructions.c")) // see InstructionsTest
                .toList();
    }

    @ParameterizedTest
    @MethodSource("guests")
    void guest_onPlatformThreads_succeeds(String source) throws InterruptedException {
        succeeds(source, Thread::new, REPEATS);
    }

    @ParameterizedTest
    @MethodSource("guests")
    void guest_onVirtualThreads_succeeds(String source) throws InterruptedException {
        assumeTrue(Runtime.version().feature() >= 21, "this JDK has no virtual threads");
        succeeds(source, Emulator.virtualThreads(), Math.max(1, REPEATS / 4));
    }

    private static void succeeds(String source, ThreadFactory threads, int repeats) throws InterruptedException {
        Path program = Guests.compile(source);
        for (int i = 0; i < repeats; i++) {
            assertEquals(new Guests.Result(0, "ok\n", ""), Guests.run(program, threads), "run " + i);
        }
    }
}
