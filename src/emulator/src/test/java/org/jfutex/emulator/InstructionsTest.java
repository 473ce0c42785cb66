package org.jfutex.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Compares the results of every computing instruction, over all pairs of interesting operands, with those that the
 * guest instructions.c printed on another implementation of RISC-V.
 */
class InstructionsTest {

    @Test
    void everyInstruction_interestingOperands_computesTheRecordedResults() throws IOException, InterruptedException {
        Guests.Result result = Guests.run(Guests.compile("instructions.c"), Thread::new);
        try (InputStream recorded =
                Objects.requireNonNull(InstructionsTest.class.getResourceAsStream("instructions.txt"))) {
            assertEquals(new String(recorded.readAllBytes(), StandardCharsets.US_ASCII), result.out());
        }
    }
}
