package org.jfutex.replay;

import java.nio.ByteOrder;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a process as recorded programs use it: the regions at their recorded addresses, which it translates to
 * those of the stage. It adds the memory of the threads, which a stage does not have.
 */
final class GuestView implements FutexMemory {

    /** The address of the threads' memory. It is equal in both processes, because the second is a fork of the first. */
    static final long THREADS = 0x0800_0000_0000L;

    /** The number of bytes for each thread. */
    static final int THREAD_SIZE = Region.PAGE;

    /** The memory of the process on the stage. */
    final FutexMemory real;

    private final Stage stage;
    private final int[] threads = new int[3 * THREAD_SIZE / Integer.BYTES]; // one Java thread plays all actors

    GuestView(Stage stage, FutexMemory real) {
        this.stage = stage;
        this.real = real;
    }

    @Override
    public int load(long address) {
        return isThreads(address) ? threads[thread(address)] : real.load(real(address, Access.READ));
    }

    /** Reads 64 bits, as two words. */
    long getLong(long address) {
        return Integer.toUnsignedLong(load(address)) | (long) load(address + 4) << 32;
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        if (!isThreads(address)) {
            return real.compareAndExchange(real(address, Access.WRITE), expected, desired);
        }
        int before = threads[thread(address)];
        if (before == expected) {
            threads[thread(address)] = desired;
        }
        return before;
    }

    @Override
    public int getAndSet(long address, int value) {
        return isThreads(address)
                ? FutexMemory.super.getAndSet(address, value)
                : real.getAndSet(real(address, Access.WRITE), value);
    }

    /** Writes 64 bits, as two words. */
    void putLong(long address, long value) {
        getAndSet(address, (int) value);
        getAndSet(address + 4, (int) (value >>> 32));
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        return real.sharedKey(real(address, access), access);
    }

    @Override
    public long sharedHash(long address, Access access) {
        return real.sharedHash(real(address, access), access);
    }

    @Override
    public void makeResident(long address) {
        if (!isThreads(address)) {
            real.makeResident(real(address, Access.WRITE));
        }
    }

    @Override
    public boolean isUserAddress(long address) {
        Long there = find(address);
        return isThreads(address) || real.isUserAddress(there != null ? there : address);
    }

    @Override
    public ByteOrder byteOrder() {
        return real.byteOrder();
    }

    private static boolean isThreads(long address) {
        return address >= THREADS && address < THREADS + 3 * THREAD_SIZE;
    }

    private static int thread(long address) {
        return (int) (address - THREADS) / Integer.BYTES;
    }

    private long real(long address, Access access) {
        Long there = find(address);
        if (there == null) {
            throw new MemoryFaultException(address, access);
        }
        return there;
    }

    /** Returns the address on the stage, or null if it is in none of the stage's regions. */
    private @Nullable Long find(long address) {
        for (Region region : Region.values()) {
            Long start = stage.address(region);
            long offset = address - region.address;
            long place = offset >= Region.MOVED ? offset - Region.MOVED : offset;
            if (start != null && place >= 0 && place < Region.SIZE) {
                return start + offset;
            }
        }
        return null;
    }
}
