package org.jfutex.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Tests of the default methods of a memory that implements only the required ones. */
class FutexMemoryTest {

    /** A memory of two words. The first compare-and-exchange meets a concurrent write. */
    private static class Least implements FutexMemory {

        final int[] words = {0x8182_8384, 0x1122_3344};
        int others = 1;

        @Override
        public int load(long address) {
            return words[(int) address / 4];
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            int i = (int) address / 4;
            if (others-- > 0) {
                words[i]++;
            }
            int before = words[i];
            if (before == expected) {
                words[i] = desired;
            }
            return before;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return new AnonymousKey(this, address);
        }
    }

    private static final class BigEndian extends Least {
        @Override
        public ByteOrder byteOrder() {
            return ByteOrder.BIG_ENDIAN;
        }
    }

    @Test
    void getAndSetRetriesAfterConcurrentWrite() {
        Least memory = new Least();
        assertEquals(0x8182_8385, memory.getAndSet(0, 7));
        assertEquals(7, memory.words[0]);
        assertEquals(7, memory.getAndSet(0, 8));
        assertEquals(0x1122_3344, memory.words[1]);
    }

    @Test
    void narrowWordsFollowByteOrder() {
        Least little = new Least();
        assertEquals(ByteOrder.LITTLE_ENDIAN, little.byteOrder());
        long[] bytes = {0x84, 0x83, 0x82, 0x81, 0x44, 0x33, 0x22, 0x11};
        for (int i = 0; i < 8; i++) {
            assertEquals(bytes[i], little.load(i, WordSize.U8));
            assertEquals(bytes[i ^ 3], new BigEndian().load(i, WordSize.U8));
        }
        assertEquals(0x8384, little.load(0, WordSize.U16));
        assertEquals(0x8182, little.load(2, WordSize.U16));
        assertEquals(0x1122, little.load(6, WordSize.U16));
        assertEquals(0x8182, new BigEndian().load(0, WordSize.U16));
        assertEquals(0x8384, new BigEndian().load(2, WordSize.U16));
        assertEquals(0x8182_8384L, little.load(0, WordSize.U32), "zero-extended");
    }

    @Test
    void longWordsAreUnsupportedByDefault() {
        Least memory = new Least();
        assertThrows(UnsupportedOperationException.class, () -> memory.loadLong(0));
        assertThrows(UnsupportedOperationException.class, () -> memory.load(0, WordSize.U64));
        Least wide = new Least() {
            @Override
            public long loadLong(long address) {
                return 0x8000_0000_0000_0001L + address;
            }
        };
        assertEquals(0x8000_0000_0000_0009L, wide.load(8, WordSize.U64));
    }

    @Test
    void everyAddressIsUserAddressByDefault() {
        assertTrue(new Least().isUserAddress(0));
        assertTrue(new Least().isUserAddress(-1));
    }

    @Test
    void wordSizesHaveMatchingMasks() {
        long mask = 0xff;
        int bytes = 1;
        for (WordSize size : WordSize.values()) {
            assertEquals(bytes, size.bytes());
            assertEquals(mask, size.mask());
            mask |= mask << (8 * bytes);
            bytes *= 2;
        }
        assertEquals(16, bytes);
    }
}
