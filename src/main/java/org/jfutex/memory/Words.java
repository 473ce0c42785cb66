package org.jfutex.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongBinaryOperator;
import org.jfutex.key.WordSize;

/** Atomic access to words of 8, 16, 32 and 64 bits in a direct or mapped buffer, in one of the two byte orders. */
enum Words {
    LITTLE_ENDIAN(ByteOrder.LITTLE_ENDIAN),
    BIG_ENDIAN(ByteOrder.BIG_ENDIAN);

    /*
     * Buffers are accessed in native byte order through constant handles. If the memory has the other order, values are
     * byte-swapped. The JDK offers atomic access to 32 and 64 bits of a buffer. A narrower word is changed by a
     * compare-and-exchange of the aligned 32 bits that contain it. Callers have checked that indexes are in range and
     * aligned.
     */

    /** A handle of 32-bit words in native byte order. */
    static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder())
            .withInvokeExactBehavior();

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder())
            .withInvokeExactBehavior();

    private static final VarHandle SHORT = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.nativeOrder())
            .withInvokeExactBehavior();

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

    int load(ByteBuffer bytes, int index) {
        return turn((int) INT.getVolatile(bytes, index));
    }

    long loadLong(ByteBuffer bytes, int index) {
        return turn((long) LONG.getVolatile(bytes, index));
    }

    void store(ByteBuffer bytes, int index, int value) {
        INT.setVolatile(bytes, index, turn(value));
    }

    int compareAndExchange(ByteBuffer bytes, int index, int expected, int desired) {
        return turn((int) INT.compareAndExchange(bytes, index, turn(expected), turn(desired)));
    }

    int getAndSet(ByteBuffer bytes, int index, int value) {
        return turn((int) INT.getAndSet(bytes, index, turn(value)));
    }

    int getAndAdd(ByteBuffer bytes, int index, int delta) {
        if (!swapped) {
            return (int) INT.getAndAdd(bytes, index, delta);
        }
        for (int seen = load(bytes, index); ; ) {
            int before = compareAndExchange(bytes, index, seen, seen + delta);
            if (before == seen) {
                return before;
            }
            seen = before;
        }
    }

    long load(ByteBuffer bytes, int index, WordSize size) {
        return switch (size) {
            case U64 -> loadLong(bytes, index);
            case U32 -> Integer.toUnsignedLong(load(bytes, index));
            case U8, U16 -> load(bytes, index & ~3) >>> shift(index, size) & size.mask();
        };
    }

    void store(ByteBuffer bytes, int index, WordSize size, long value) {
        switch (size) {
            case U64 -> LONG.setVolatile(bytes, index, turn(value));
            case U32 -> store(bytes, index, (int) value);
            case U8, U16 -> getAndSet(bytes, index, size, value);
        }
    }

    long compareAndExchange(ByteBuffer bytes, int index, WordSize size, long expected, long desired) {
        if (size == WordSize.U64) {
            return turn((long) LONG.compareAndExchange(bytes, index, turn(expected), turn(desired)));
        }
        if (size == WordSize.U32) {
            return Integer.toUnsignedLong(compareAndExchange(bytes, index, (int) expected, (int) desired));
        }
        long wrapped = expected & size.mask();
        for (long seen; ; ) {
            seen = load(bytes, index, size);
            if (seen != wrapped || replaced(bytes, index, size, seen, desired)) {
                return seen;
            }
        }
    }

    long getAndSet(ByteBuffer bytes, int index, WordSize size, long value) {
        if (size == WordSize.U64) {
            return turn((long) LONG.getAndSet(bytes, index, turn(value)));
        }
        if (size == WordSize.U32) {
            return Integer.toUnsignedLong(getAndSet(bytes, index, (int) value));
        }
        for (long seen; ; ) {
            seen = load(bytes, index, size);
            if (replaced(bytes, index, size, seen, value)) {
                return seen;
            }
        }
    }

    long getAndAdd(ByteBuffer bytes, int index, WordSize size, long delta) {
        if (size == WordSize.U64 && !swapped) {
            return (long) LONG.getAndAdd(bytes, index, delta);
        }
        if (size == WordSize.U32) {
            return Integer.toUnsignedLong(getAndAdd(bytes, index, (int) delta));
        }
        for (long seen; ; ) {
            seen = load(bytes, index, size);
            if (replaced(bytes, index, size, seen, seen + delta)) {
                return seen;
            }
        }
    }

    /** Tries a replacement once. May fail because another word in these 32 bits has changed. */
    private boolean replaced(ByteBuffer bytes, int index, WordSize size, long seen, long value) {
        return switch (size) {
            case U64 -> LONG.compareAndSet(bytes, index, turn(seen), turn(value));
            case U32 -> INT.compareAndSet(bytes, index, turn((int) seen), turn((int) value));
            case U8, U16 -> {
                int shift = shift(index, size);
                int mask = (int) size.mask() << shift;
                int around = load(bytes, index & ~3);
                int now = (around & ~mask) | (((int) value << shift) & mask);
                yield (around & mask) == (int) seen << shift
                        && INT.compareAndSet(bytes, index & ~3, turn(around), turn(now));
            }
        };
    }

    private int shift(int index, WordSize size) {
        int offset = index & 3;
        return 8 * (order == ByteOrder.LITTLE_ENDIAN ? offset : 4 - size.bytes() - offset);
    }

    // ---- accesses without the effects of a volatile access. Bytes have no access modes, so fences order them.

    private short turn(short value) {
        return swapped ? Short.reverseBytes(value) : value;
    }

    long loadOpaque(ByteBuffer bytes, int index, WordSize size) {
        return switch (size) {
            case U64 -> turn((long) LONG.getOpaque(bytes, index));
            case U32 -> turn((int) INT.getOpaque(bytes, index)) & size.mask();
            case U16 -> turn((short) SHORT.getOpaque(bytes, index)) & size.mask();
            case U8 -> bytes.get(index) & size.mask();
        };
    }

    void storeOpaque(ByteBuffer bytes, int index, WordSize size, long value) {
        switch (size) {
            case U64 -> LONG.setOpaque(bytes, index, turn(value));
            case U32 -> INT.setOpaque(bytes, index, turn((int) value));
            case U16 -> SHORT.setOpaque(bytes, index, turn((short) value));
            case U8 -> bytes.put(index, (byte) value);
        }
    }

    /** Replaces a word by a function of the word and an operand, by a volatile access. Returns the previous word. */
    long getAndAccumulate(ByteBuffer bytes, int index, WordSize size, long operand, LongBinaryOperator function) {
        for (long seen; ; ) {
            seen = load(bytes, index, size);
            if (replaced(bytes, index, size, seen, function.applyAsLong(seen, operand))) {
                return seen;
            }
        }
    }

    /**
     * Zeroes a range by atomic operations on 64 bits. So a concurrent reader never sees a torn word, and a concurrent
     * write of another process beside the range is not lost.
     */
    static void zero(ByteBuffer bytes, int from, int to) {
        for (int i = from & -Long.BYTES; i < to; i += Long.BYTES) {
            if (i + Long.BYTES > bytes.capacity()) {
                int start = Math.max(i, from);
                bytes.put(start, new byte[Math.min(to, bytes.capacity()) - start]); // the last bytes of a host file
            } else {
                long kept = kept(i, from, to);
                if (((long) LONG.getVolatile(bytes, i) & ~kept) != 0) { // do not fill a hole of a host file
                    long ignored = (long) LONG.getAndBitwiseAnd(bytes, i, kept);
                }
            }
        }
    }

    /** Returns a mask of the bits of the 8 bytes at {@code i} that lie outside a range. */
    private static long kept(int i, int from, int to) {
        long before = i < from ? ~(-1L << (Byte.SIZE * (from - i))) : 0;
        long behind = to < i + Long.BYTES ? -1L << (Byte.SIZE * (to - i)) : 0;
        return LITTLE_ENDIAN.turn(before | behind);
    }

    /**
     * Returns the end of the bytes that an access to a word touches. For a narrow word these are the aligned 32 bits.
     */
    static int end(int index, int bytes) {
        return bytes < Integer.BYTES ? (index | (Integer.BYTES - 1)) + 1 : index + bytes;
    }

    /** Rejects an address that is not a multiple of the word's size. */
    static void checkAligned(long address, int bytes) {
        if ((address & (bytes - 1)) != 0) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is not a multiple of " + bytes);
        }
    }
}
