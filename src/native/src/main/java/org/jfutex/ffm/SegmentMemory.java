package org.jfutex.ffm;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MappedObject;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.jfutex.memory.WordMemory;
import org.jspecify.annotations.Nullable;

/**
 * A memory over one memory segment, of any length: native, mapped, or over a {@code long[]} on the heap. It is for
 * locks in off-heap data beyond 2 GiB, and for emulators whose guests live at a base address.
 *
 * <p>Address 0 is the first byte of the segment. Nothing is copied, and the caller can continue to use the segment. An
 * address out of range faults, and so does a write to a read-only segment. If the segment's arena is closed, every
 * access faults; a thread that already waits sleeps on until {@link org.jfutex.FutexTable#cancel} ends its wait.
 *
 * <p>Words of two memories never have equal keys, even if the memories share bytes or a file. So threads that wait for
 * each other must use one memory.
 *
 * <p>If the segment maps a file and another program makes the file shorter, an access beyond the new end throws {@link
 * InternalError}, as for a mapped buffer; see {@link org.jfutex.memory.FlatMemory}.
 *
 * <p><b>Memory consistency effects:</b> as for {@link WordMemory}.
 */
public final class SegmentMemory implements WordMemory {

    private final MemorySegment segment;
    private final long size; // of the segment, in bytes
    private final boolean readOnly;
    private final Words words;
    private final AddressCheck check;
    private final @Nullable MappedObject object; // the mapped object in keys; null if this memory is not shared
    private final long seed = ThreadLocalRandom.current().nextLong();

    private SegmentMemory(MemorySegment segment, ByteOrder order, boolean shared, AddressCheck check) {
        this.segment = checked(segment);
        this.size = segment.byteSize();
        this.readOnly = segment.isReadOnly();
        this.words = Words.of(requireNonNull(order, "order"));
        this.check = requireNonNull(check, "check");
        this.object = shared ? new Whole() : null;
    }

    /**
     * Creates a little-endian memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param segment the bytes
     * @return the memory
     * @throws IllegalArgumentException if the segment does not start at a multiple of 8 bytes, its length is not a
     *     multiple of 4, it is a heap segment of another array than {@code long[]} or {@code double[]}, or only one
     *     thread may access it
     */
    public static SegmentMemory of(MemorySegment segment) {
        return of(segment, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Creates a memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param segment the bytes
     * @param order the byte order of the memory's words
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(MemorySegment)}
     */
    public static SegmentMemory of(MemorySegment segment, ByteOrder order) {
        return new SegmentMemory(segment, order, false, (address, length, access) -> true);
    }

    /**
     * Creates a little-endian shared memory: keys of shared operations are {@link SharedKey}s of the memory itself.
     *
     * @param segment the bytes
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(MemorySegment)}
     */
    public static SegmentMemory shared(MemorySegment segment) {
        return shared(segment, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Creates a shared memory: keys of shared operations are {@link SharedKey}s of the memory itself.
     *
     * @param segment the bytes
     * @param order the byte order of the memory's words
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(MemorySegment)}
     */
    public static SegmentMemory shared(MemorySegment segment, ByteOrder order) {
        return new SegmentMemory(segment, order, true, (address, length, access) -> true);
    }

    /**
     * Creates a memory over the whole address space of a guest, which the host has reserved at a base address. Pages of
     * it may be missing: the check says which addresses may be accessed.
     *
     * <pre>{@code
     * MemorySegment space = MemorySegment.ofAddress(base).reinterpret(1L << 32);
     * SegmentMemory guest = SegmentMemory.ofGuest(space, ByteOrder.LITTLE_ENDIAN, pages::permits);
     * }</pre>
     *
     * @param space the address space; address 0 of the guest is its first byte
     * @param order the byte order of the guest's words
     * @param check says which addresses may be accessed. It is called for every access, also under locks of the table,
     *     so it must not call the table
     * @return the memory; keys of shared operations are {@link AnonymousKey}s
     * @throws IllegalArgumentException as for {@link #of(MemorySegment)}
     */
    public static SegmentMemory ofGuest(MemorySegment space, ByteOrder order, AddressCheck check) {
        return new SegmentMemory(space, order, false, check);
    }

    private static MemorySegment checked(MemorySegment segment) {
        if (!Words.isAligned(segment)) {
            throw new IllegalArgumentException("the segment is not aligned to 8 bytes: use a native or mapped segment,"
                    + " or one of a long[], that starts at a multiple of 8 bytes");
        }
        if (segment.byteSize() % Integer.BYTES != 0) {
            throw new IllegalArgumentException("a length of " + segment.byteSize() + " bytes is not a multiple of 4");
        }
        if (!segment.isAccessibleBy(new Thread(() -> {}))) {
            throw new IllegalArgumentException(
                    "only one thread may access the segment: use a shared or automatic arena");
        }
        return segment;
    }

    /**
     * Returns the segment that holds the bytes.
     *
     * @return the segment that this memory was created with
     */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Returns the size of this memory.
     *
     * @return the size in bytes
     */
    public long size() {
        return size;
    }

    /** Checks an access; returns the address, which is the offset in the segment. */
    private long check(long address, int bytes, Access access) {
        Words.checkAligned(address, bytes);
        if (address < 0
                || address > size - bytes
                || (access == Access.WRITE && readOnly)
                || !check.permits(address, bytes, access)) {
            throw new MemoryFaultException(address, access);
        }
        return address;
    }

    /** Returns what is thrown when the segment has refused an access that this memory had checked. */
    private RuntimeException fault(long address, Access access, IllegalStateException refused) {
        if (segment.scope().isAlive()) {
            return refused;
        }
        MemoryFaultException fault = new MemoryFaultException(address, access);
        fault.initCause(refused);
        return fault;
    }

    @Override
    public int load(long address) {
        check(address, Integer.BYTES, Access.READ);
        try {
            return words.load(segment, address);
        } catch (IllegalStateException e) {
            throw fault(address, Access.READ, e);
        }
    }

    @Override
    public long loadLong(long address) {
        return load(address, WordSize.U64);
    }

    @Override
    public long load(long address, WordSize wordSize) {
        check(address, wordSize.bytes(), Access.READ);
        try {
            return words.load(segment, address, wordSize);
        } catch (IllegalStateException e) {
            throw fault(address, Access.READ, e);
        }
    }

    @Override
    public void store(long address, int value) {
        check(address, Integer.BYTES, Access.WRITE);
        try {
            words.store(segment, address, value);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public void store(long address, WordSize wordSize, long value) {
        check(address, wordSize.bytes(), Access.WRITE);
        try {
            words.store(segment, address, wordSize, value);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        check(address, Integer.BYTES, Access.WRITE);
        try {
            return words.compareAndExchange(segment, address, expected, desired);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public long compareAndExchange(long address, WordSize wordSize, long expected, long desired) {
        check(address, wordSize.bytes(), Access.WRITE);
        try {
            return words.compareAndExchange(segment, address, wordSize, expected, desired);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public int getAndSet(long address, int value) {
        check(address, Integer.BYTES, Access.WRITE);
        try {
            return words.getAndSet(segment, address, value);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public long getAndSet(long address, WordSize wordSize, long value) {
        check(address, wordSize.bytes(), Access.WRITE);
        try {
            return words.update(segment, address, wordSize, before -> value);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public int getAndAdd(long address, int delta) {
        check(address, Integer.BYTES, Access.WRITE);
        try {
            return words.getAndAdd(segment, address, delta);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public long getAndAdd(long address, WordSize wordSize, long delta) {
        check(address, wordSize.bytes(), Access.WRITE);
        try {
            return words.update(segment, address, wordSize, before -> before + delta);
        } catch (IllegalStateException e) {
            throw fault(address, Access.WRITE, e);
        }
    }

    @Override
    public boolean isUserAddress(long address) {
        return address >= 0 && address < size;
    }

    @Override
    public long hashSeed() {
        return seed;
    }

    @Override
    public long sharedHash(long address, Access access) {
        MappedObject whole = object;
        if (whole == null) {
            return sharedKey(address, access).hash();
        }
        checkByte(address, access);
        return SharedKey.hash(whole, address);
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        checkByte(address, requireNonNull(access, "access"));
        MappedObject whole = object;
        return whole == null ? new AnonymousKey(this, address) : SharedKey.at(whole, address);
    }

    private void checkByte(long address, Access access) {
        check(address, 1, access);
        if (!segment.scope().isAlive()) {
            throw new MemoryFaultException(address, access);
        }
    }

    @Override
    public ByteOrder byteOrder() {
        return words.order;
    }

    @Override
    public String toString() {
        return (object == null ? "segment memory @" : "shared segment memory @")
                + Integer.toHexString(System.identityHashCode(this));
    }

    /** The mapped object in the keys of a shared memory. */
    private final class Whole implements MappedObject {
        @Override
        public long seed() {
            return seed;
        }

        @Override
        public String toString() {
            return SegmentMemory.this.toString();
        }
    }
}
