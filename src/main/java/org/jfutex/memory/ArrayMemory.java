package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;
import java.util.function.LongUnaryOperator;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;

/**
 * A memory over a {@code long[]} or {@code int[]} on the heap. It is for guests whose words live there, and for tests:
 * tools that instrument bytecode, such as Fray and Lincheck, see the accesses to an array and not those to a buffer.
 *
 * <p>Address 0 is the first byte of element 0, and element {@code i} starts at the address {@code i} times the size of
 * an element. A word of the element's size is the element: a program that reads the array sees its value, whatever the
 * byte orders of memory and machine. The byte order says where in its element a narrower word lies. In a little-endian
 * memory over a {@code long[]}, address 0 is the low half of element 0, and address 4 the high half.
 *
 * <p>Nothing is copied, and the caller can continue to use the array. Its own accesses must be atomic ones, such as
 * those of {@code MethodHandles.arrayElementVarHandle}: a plain write to an element can undo a concurrent change of a
 * narrower word in it.
 *
 * <p>A memory never grows or shrinks, and every byte can be read and written. An address out of range faults. A memory
 * over an {@code int[]} has no 64-bit words: the JDK has no atomic access to two elements. There a method throws {@link
 * UnsupportedOperationException} for that size, after the checks of the address.
 *
 * <p>A key contains the memory, or its {@link org.jfutex.key.MappedObject}, and the address; it does not contain the
 * array. So words of two memories never have equal keys, even if both are over one array: a wake through one does not
 * find a waiter of the other. Threads that wait for each other must use one memory.
 *
 * <p><b>Memory consistency effects:</b> as for {@link WordMemory}. Accesses by volatile modes of an array's {@code
 * VarHandle} take part in the same order.
 */
public final class ArrayMemory extends HeapMemory {

    private final ArrayElements elements;
    private final long size; // in bytes

    private ArrayMemory(ArrayElements elements, ByteOrder order, boolean shared) {
        super(order, shared);
        this.elements = elements;
        this.size = (long) elements.count * elements.bytes;
    }

    /**
     * Creates a little-endian memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param array the elements
     * @return the memory, which has words of all sizes
     */
    public static ArrayMemory of(long[] array) {
        return of(array, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Creates a memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param array the elements
     * @param order the byte order, which says where in its element a narrower word lies
     * @return the memory, which has words of all sizes
     */
    public static ArrayMemory of(long[] array, ByteOrder order) {
        return new ArrayMemory(ArrayElements.of(requireNonNull(array, "array")), order, false);
    }

    /**
     * Creates a little-endian memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param array the elements
     * @return the memory, which has words of 8, 16 and 32 bits
     */
    public static ArrayMemory of(int[] array) {
        return of(array, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Creates a memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param array the elements
     * @param order the byte order, which says where in its element a narrower word lies
     * @return the memory, which has words of 8, 16 and 32 bits
     */
    public static ArrayMemory of(int[] array, ByteOrder order) {
        return new ArrayMemory(ArrayElements.of(requireNonNull(array, "array")), order, false);
    }

    /**
     * Creates a shared memory: keys of shared operations are {@link SharedKey}s of the memory itself.
     *
     * @param array the elements
     * @param order the byte order, which says where in its element a narrower word lies
     * @return the memory, which has words of all sizes
     */
    public static ArrayMemory shared(long[] array, ByteOrder order) {
        return new ArrayMemory(ArrayElements.of(requireNonNull(array, "array")), order, true);
    }

    /**
     * Creates a shared memory: keys of shared operations are {@link SharedKey}s of the memory itself.
     *
     * @param array the elements
     * @param order the byte order, which says where in its element a narrower word lies
     * @return the memory, which has words of 8, 16 and 32 bits
     */
    public static ArrayMemory shared(int[] array, ByteOrder order) {
        return new ArrayMemory(ArrayElements.of(requireNonNull(array, "array")), order, true);
    }

    /**
     * Returns the size of this memory.
     *
     * @return the size in bytes
     */
    @Override
    public long size() {
        return size;
    }

    /** Checks an access to a word, and returns the index of its element. */
    private int index(long address, int bytes, Access access) {
        Words.checkAligned(address, bytes);
        if (address < 0 || address > size - bytes) {
            throw new MemoryFaultException(address, access);
        }
        if (bytes > elements.bytes) {
            throw new UnsupportedOperationException("a memory over an int[] has no atomic 64-bit words");
        }
        return (int) (address / elements.bytes);
    }

    /** Returns the position of a word in its element, in bits from the low end. */
    private int shift(long address, int bytes) {
        int offset = (int) address & (elements.bytes - 1);
        return Byte.SIZE * (order == ByteOrder.LITTLE_ENDIAN ? offset : elements.bytes - bytes - offset);
    }

    /** Returns an element in which a word has been replaced. */
    private static long with(long around, long word, long mask, int shift) {
        return (around & ~(mask << shift)) | (word & mask) << shift;
    }

    /** Replaces a word by a function of it, and returns the previous value. */
    private long update(long address, WordSize wordSize, LongUnaryOperator function) {
        int index = index(address, wordSize.bytes(), Access.WRITE);
        int shift = shift(address, wordSize.bytes());
        long mask = wordSize.mask();
        for (; ; ) {
            long around = elements.get(index);
            long word = around >>> shift & mask;
            if (elements.compareAndSet(index, around, with(around, function.applyAsLong(word), mask, shift))) {
                return word;
            }
        }
    }

    @Override
    public long load(long address, WordSize wordSize) {
        int index = index(address, wordSize.bytes(), Access.READ);
        return elements.get(index) >>> shift(address, wordSize.bytes()) & wordSize.mask();
    }

    @Override
    public void store(long address, WordSize wordSize, long value) {
        if (wordSize.bytes() == elements.bytes) {
            elements.set(index(address, wordSize.bytes(), Access.WRITE), value);
        } else {
            long ignored = update(address, wordSize, word -> value);
        }
    }

    @Override
    public long compareAndExchange(long address, WordSize wordSize, long expected, long desired) {
        int index = index(address, wordSize.bytes(), Access.WRITE);
        int shift = shift(address, wordSize.bytes());
        long mask = wordSize.mask();
        for (; ; ) {
            long around = elements.get(index);
            long word = around >>> shift & mask;
            if (word != (expected & mask)
                    || elements.compareAndSet(index, around, with(around, desired, mask, shift))) {
                return word;
            }
        }
    }

    @Override
    public long getAndSet(long address, WordSize wordSize, long value) {
        return update(address, wordSize, word -> value);
    }

    @Override
    public long getAndAdd(long address, WordSize wordSize, long delta) {
        return update(address, wordSize, word -> word + delta);
    }

    @Override
    String kind() {
        return "array";
    }

    @Override
    void checkByte(long address, Access access) {
        int ignored = index(address, 1, access);
    }
}
