package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MappedObject;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/** The keys of a memory over an array of the caller, and the accesses to 32-bit words by those to words of any size. */
abstract sealed class HeapMemory implements WordMemory permits ArrayMemory, ByteArrayMemory {

    final ByteOrder order;
    private final @Nullable MappedObject object; // the mapped object in keys; null if this memory is not shared
    private final long seed = ThreadLocalRandom.current().nextLong();

    HeapMemory(ByteOrder order, boolean shared) {
        this.order = requireNonNull(order, "order");
        this.object = shared ? new WholeMemory(this, seed) : null;
    }

    /**
     * Returns the size of this memory at present.
     *
     * @return the size in bytes
     */
    public abstract long size();

    /** Returns what this memory is over, for descriptions. */
    abstract String kind();

    /** Throws a fault if a byte is out of range. */
    abstract void checkByte(long address, Access access);

    @Override
    public final int load(long address) {
        return (int) load(address, WordSize.U32);
    }

    @Override
    public final long loadLong(long address) {
        return load(address, WordSize.U64);
    }

    @Override
    public final void store(long address, int value) {
        store(address, WordSize.U32, value);
    }

    @Override
    public final int compareAndExchange(long address, int expected, int desired) {
        return (int) compareAndExchange(address, WordSize.U32, expected, desired);
    }

    @Override
    public final int getAndSet(long address, int value) {
        return (int) getAndSet(address, WordSize.U32, value);
    }

    @Override
    public final int getAndAdd(long address, int delta) {
        return (int) getAndAdd(address, WordSize.U32, delta);
    }

    @Override
    public final boolean isUserAddress(long address) {
        return address >= 0 && address < size();
    }

    @Override
    public final long hashSeed() {
        return seed;
    }

    @Override
    public final long sharedHash(long address, Access access) {
        MappedObject whole = object;
        if (whole == null) {
            return sharedKey(address, access).hash();
        }
        checkByte(address, access);
        return SharedKey.hash(whole, address);
    }

    @Override
    public final FutexKey sharedKey(long address, Access access) {
        checkByte(address, requireNonNull(access, "access"));
        MappedObject whole = object;
        return whole == null ? new AnonymousKey(this, address) : SharedKey.at(whole, address);
    }

    @Override
    public final ByteOrder byteOrder() {
        return order;
    }

    @Override
    public final String toString() {
        return (object == null ? "" : "shared ") + kind() + " memory @"
                + Integer.toHexString(System.identityHashCode(this));
    }
}
