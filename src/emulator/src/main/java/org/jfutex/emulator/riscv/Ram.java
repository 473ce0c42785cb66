package org.jfutex.emulator.riscv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;

/**
 * Loads and stores of guest code. Aligned ones are atomic words of the address space; misaligned ones are bytes, which
 * RISC-V permits to be torn.
 */
final class Ram {

    private Ram() {}

    static long load(AddressSpace space, long address, WordSize size) {
        if ((address & (size.bytes() - 1)) == 0) {
            return space.load(address, size);
        }
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        space.read(address, bytes.limit(size.bytes()));
        return bytes.clear().getLong(0);
    }

    static void store(AddressSpace space, long address, WordSize size, long value) {
        if ((address & (size.bytes() - 1)) == 0) {
            space.store(address, size, value);
        } else {
            ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            space.write(address, bytes.putLong(0, value).limit(size.bytes()));
        }
    }
}
