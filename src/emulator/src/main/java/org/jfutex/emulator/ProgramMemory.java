package org.jfutex.emulator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jfutex.emulator.riscv.CodeCache;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.SpaceSettings;

/** The memory of a program: its address space, its decoded code, its break, and access to structures in it. */
final class ProgramMemory {

    private static final int PAGE = 4096;
    private static final int LONGEST_STRING = 1 << 17;

    final AddressSpace space;
    final CodeCache code;
    private long breakStart; // guarded by this, as is breakEnd
    private long breakEnd;

    /** Creates an empty memory with the key rule of today's Linux. */
    ProgramMemory() {
        this(new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(KeyRule.LINUX_2_6_28)));
    }

    private ProgramMemory(AddressSpace space) {
        this.space = space;
        this.code = new CodeCache(space);
    }

    /** Returns a copy for a forked child. */
    synchronized ProgramMemory fork() {
        ProgramMemory child = new ProgramMemory(space.fork());
        child.startBreak(breakStart);
        child.breakEnd = breakEnd;
        return child;
    }

    /** Sets where the break begins: behind the program. */
    synchronized void startBreak(long address) {
        breakStart = address;
        breakEnd = address;
    }

    /** Moves the break and returns where it is now, as the system call does. */
    synchronized long moveBreak(long address) {
        if (address >= breakStart && address - breakStart < 1L << 34) {
            long mapped = roundUp(breakEnd);
            long wanted = roundUp(address);
            try {
                if (wanted > mapped) {
                    space.map(MapRequest.anonymous(wanted - mapped).atFree(mapped));
                } else if (wanted < mapped) {
                    space.unmap(wanted, mapped - wanted);
                }
                breakEnd = address;
            } catch (RuntimeException e) {
                return breakEnd; // another mapping is in the way
            }
        }
        return breakEnd;
    }

    static long roundUp(long address) {
        return address + PAGE - 1 & -PAGE;
    }

    // ---- structures; an address that is not mapped throws MemoryFaultException, which becomes EFAULT

    /** Returns a copy of a range, ready to be read. */
    ByteBuffer read(long address, int length) {
        ByteBuffer bytes = buffer(length);
        space.read(address, bytes);
        return bytes.flip();
    }

    void write(long address, ByteBuffer bytes) {
        space.write(address, bytes);
    }

    static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    int loadInt(long address) {
        return read(address, 4).getInt();
    }

    long loadLong(long address) {
        return read(address, 8).getLong();
    }

    void storeInt(long address, int value) {
        write(address, buffer(4).putInt(value).flip());
    }

    void storeLong(long address, long value) {
        write(address, buffer(8).putLong(value).flip());
    }

    void storeLongs(long address, long... values) {
        ByteBuffer bytes = buffer(8 * values.length);
        for (long value : values) {
            bytes.putLong(value);
        }
        write(address, bytes.flip());
    }

    String loadString(long address) {
        ByteBuffer found = buffer(LONGEST_STRING);
        for (long at = address; found.hasRemaining(); at++) {
            byte b = (byte) space.load(at, org.jfutex.key.WordSize.U8);
            if (b == 0) {
                return new String(found.array(), 0, found.position(), StandardCharsets.UTF_8);
            }
            found.put(b);
        }
        throw new SystemCallException(org.jfutex.linux.Errno.EINVAL);
    }
}
