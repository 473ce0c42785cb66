package org.jfutex.ffm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.LongUnaryOperator;
import org.jfutex.key.WordSize;

/** Atomic access to words of 8, 16, 32 and 64 bits in a memory segment, in one of the two byte orders. */
enum Words {
    LITTLE_ENDIAN(ByteOrder.LITTLE_ENDIAN),
    BIG_ENDIAN(ByteOrder.BIG_ENDIAN);

    /*
     * Segments are accessed in native byte order through constant handles. If the memory has the other order, values
     * are byte-swapped. The JDK offers atomic access to 32 and 64 bits of a segment. A narrower word is changed by a
     * compare-and-exchange of the aligned 32 bits that contain it. Callers have checked that offsets are in range and
     * aligned.
     */

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();

    final ByteOrder order;
    private final boolean swapped;

    Words(ByteOrder order) {
        this.order = order;
        this.swapped = order != ByteOrder.nativeOrder();
    }

    static Words of(ByteOrder order) {
        return order == ByteOrder.LITTLE_ENDIAN ? LITTLE_ENDIAN : BIG_ENDIAN;
    }

    private int turn(int value) {
        return swapped ? Integer.reverseBytes(value) : value;
    }

    private long turn(long value) {
        return swapped ? Long.reverseBytes(value) : value;
    }

    int load(MemorySegment bytes, long offset) {
        return turn((int) INT.getVolatile(bytes, offset));
    }

    long load(MemorySegment bytes, long offset, WordSize size) {
        return switch (size) {
            case U64 -> turn((long) LONG.getVolatile(bytes, offset));
            case U32 -> Integer.toUnsignedLong(load(bytes, offset));
            case U8, U16 -> load(bytes, offset & ~3) >>> shift(offset, size) & size.mask();
        };
    }

    void store(MemorySegment bytes, long offset, int value) {
        INT.setVolatile(bytes, offset, turn(value));
    }

    void store(MemorySegment bytes, long offset, WordSize size, long value) {
        switch (size) {
            case U64 -> LONG.setVolatile(bytes, offset, turn(value));
            case U32 -> store(bytes, offset, (int) value);
            case U8, U16 -> update(bytes, offset, size, before -> value);
        }
    }

    int compareAndExchange(MemorySegment bytes, long offset, int expected, int desired) {
        return turn((int) INT.compareAndExchange(bytes, offset, turn(expected), turn(desired)));
    }

    int getAndSet(MemorySegment bytes, long offset, int value) {
        return turn((int) INT.getAndSet(bytes, offset, turn(value)));
    }

    int getAndAdd(MemorySegment bytes, long offset, int delta) {
        return swapped
                ? (int) update(bytes, offset, WordSize.U32, before -> before + delta)
                : (int) INT.getAndAdd(bytes, offset, delta);
    }

    long compareAndExchange(MemorySegment bytes, long offset, WordSize size, long expected, long desired) {
        if (size == WordSize.U64) {
            return turn((long) LONG.compareAndExchange(bytes, offset, turn(expected), turn(desired)));
        }
        long wrapped = expected & size.mask();
        for (long seen; ; ) {
            seen = load(bytes, offset, size);
            if (seen != wrapped || replaced(bytes, offset, size, seen, desired)) {
                return seen;
            }
        }
    }

    /** Replaces a word by a function of it, and returns the previous value. */
    long update(MemorySegment bytes, long offset, WordSize size, LongUnaryOperator function) {
        for (long seen; ; ) {
            seen = load(bytes, offset, size);
            if (replaced(bytes, offset, size, seen, function.applyAsLong(seen))) {
                return seen;
            }
        }
    }

    /** Tries a replacement once. May fail because another word in these 32 bits has changed. */
    private boolean replaced(MemorySegment bytes, long offset, WordSize size, long seen, long value) {
        return switch (size) {
            case U64 -> LONG.compareAndSet(bytes, offset, turn(seen), turn(value));
            case U32 -> INT.compareAndSet(bytes, offset, turn((int) seen), turn((int) value));
            case U8, U16 -> {
                int shift = shift(offset, size);
                int mask = (int) size.mask() << shift;
                int around = load(bytes, offset & ~3);
                int now = (around & ~mask) | (((int) value << shift) & mask);
                yield (around & mask) == (int) seen << shift
                        && INT.compareAndSet(bytes, offset & ~3, turn(around), turn(now));
            }
        };
    }

    private int shift(long offset, WordSize size) {
        int within = (int) offset & 3;
        return 8 * (order == ByteOrder.LITTLE_ENDIAN ? within : 4 - size.bytes() - within);
    }

    /** Returns whether the 64-bit words of a segment are aligned. Among heap segments only those of long[] are. */
    static boolean isAligned(MemorySegment segment) {
        if (segment.isNative()) {
            return segment.address() % Long.BYTES == 0;
        }
        try {
            long ignored = segment.byteSize() < Long.BYTES ? 0 : (long) LONG.getVolatile(segment, 0L);
            return true;
        } catch (IllegalArgumentException misaligned) {
            return false;
        }
    }

    /** Rejects an address that is not a multiple of the word's size. */
    static void checkAligned(long address, int bytes) {
        if ((address & (bytes - 1)) != 0) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is not a multiple of " + bytes);
        }
    }
}
