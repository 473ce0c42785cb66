package org.jfutex.emulator.riscv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jfutex.key.WordSize;
import org.jfutex.memory.MemoryCursor;

/**
 * Loads and stores of guest code. Aligned ones are atomic words, which only FENCE orders; misaligned ones are bytes,
 * which RISC-V permits to be torn.
 */
final class Ram {

    private Ram() {}

    static long load(MemoryCursor cursor, long address, WordSize size) {
        if ((address & (size.bytes() - 1)) == 0) {
            return cursor.load(address, size);
        }
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        cursor.read(address, bytes.limit(size.bytes()));
        return bytes.clear().getLong(0);
    }

    static void store(MemoryCursor cursor, long address, WordSize size, long value) {
        if ((address & (size.bytes() - 1)) == 0) {
            cursor.store(address, size, value);
        } else {
            ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            cursor.write(address, bytes.putLong(0, value).limit(size.bytes()));
        }
    }
}
