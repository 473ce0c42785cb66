package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jfutex.key.FirstFailure;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;

/** The multiset of words that an exit marks. */
class RobustWordsTest {

    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private final RobustWords words = new RobustWords(MULTIPLIER);

    @Test
    void removalInTheOrderOfTheAdditions_probesFewSlots() {
        int many = 100_000;
        for (int turn = 0; turn < 2; turn++) {
            for (int i = 0; i < many; i++) {
                assertTrue(words.add(4L * i));
            }
            for (int i = 0; i < many; i++) {
                words.remove(4L * i);
            }
        }
        assertTrue(words.probes() < 20L * many, () -> words.probes() + " probes"); // n^2 would be 5,000,000,000
    }

    @Test
    void oneWordAddedAndRemovedManyTimes_probesNoOtherSlot() {
        int many = 100_000;
        for (int i = 0; i < many; i++) {
            assertTrue(words.add(8));
        }
        for (int i = 0; i < many; i++) {
            words.remove(8);
        }
        assertEquals(0, words.probes());
    }

    /** Compares the set with a list, with few addresses and with multipliers that make them collide. */
    @Test
    void randomAdditionsAndRemovals_markWhatAListWouldMark() {
        SplittableRandom random = new SplittableRandom(7);
        for (int turn = 0; turn < 300; turn++) {
            int range = 1 + random.nextInt(60);
            RobustWords own = new RobustWords(turn % 3 == 0 ? 1 : random.nextLong() | 1);
            List<Long> model = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                long address = 4L * random.nextInt(range);
                if (random.nextInt(5) < 2 + turn % 2) {
                    assertTrue(own.add(address));
                    model.add(address);
                } else {
                    own.remove(address);
                    model.remove(address);
                }
            }
            FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(256));
            for (long address = 0; address < 256; address += 4) {
                memory.store(address, 5);
            }
            own.close(memory, 5, new FirstFailure());
            for (long address = 0; address < 256; address += 4) {
                assertEquals(model.contains(address) ? PiWord.OWNER_DIED : 5, memory.load(address));
            }
            assertFalse(own.add(0));
        }
    }
}
