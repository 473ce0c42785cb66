package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.key.StackGuard;
import org.jfutex.key.WordSize;

/**
 * A memory over a {@code byte[]}, whose atomic accesses take locks. It is for interpreters that keep their guest's
 * memory in a byte array: the JDK has no atomic access to words of one.
 *
 * <p>Address 0 is the first byte of the array. The guest's atomic instructions must call this object, so that they take
 * the same locks as the table: {@link #load(long, WordSize)}, {@link #store(long, WordSize, long)}, {@link
 * #compareAndExchange(long, WordSize, long, long)}, and {@link #getAndUpdate} for all others. Words that are 8 bytes or
 * more apart rarely share a lock. The guest's plain loads and stores can access the array directly, with these limits:
 *
 * <ul>
 *   <li>If a plain write races with an atomic change of the same word, the plain write can be lost. Bytes outside the
 *       word are safe.
 *   <li>If a plain read of several bytes races with a write, it can see a part of the write.
 *   <li>A plain write is ordered only by the thread's own atomic accesses: after a thread has changed or read a word
 *       atomically, every thread that then accesses this word atomically sees the earlier plain writes of the first.
 *   <li>After a plain write to a futex word, call {@code FutexTable.wake}, which executes a full fence. {@code
 *       wakePublished} needs a write by this object.
 * </ul>
 *
 * <p>A memory can {@linkplain #grow grow}, and never shrinks. Every byte can be read and written. An address out of
 * range faults. As for {@link FlatMemory}, words of two memories never have equal keys, even if both are over one
 * array, and two memories do not share locks. So an array must have one memory.
 *
 * <p><b>Memory consistency effects:</b> as for {@link WordMemory}, among the calls of one object.
 */
public final class ByteArrayMemory extends HeapMemory {

    /*
     * Each aligned group of 8 bytes belongs to one lock, so every word lies under one lock. All accesses of this class
     * hold it, reads too. Locking and unlocking are synchronization actions, which have one total order. So accesses to
     * different words are sequentially consistent, too:
     *
     *     thread 1                         thread 2
     *     lock X, x = 1, unlock            lock Y, y = 1, unlock
     *     lock Y, read y, unlock           lock X, read x, unlock
     *
     * Forbidden: both read 0. The thread whose first unlock is later in the total order reads the other's write.
     * Likewise, if a waiter counts itself in its bucket and then reads the word, and a waker writes the word and then
     * reads the count, one of them sees the other.
     *
     * A thread that grows the memory holds all locks, in ascending order. All other threads hold at most one.
     */

    private static final int LOCKS = 64; // a power of two

    private static final VarHandle SHORT = handle(short[].class);
    private static final VarHandle INT = handle(int[].class);
    private static final VarHandle LONG = handle(long[].class);

    private static VarHandle handle(Class<?> words) {
        return MethodHandles.byteArrayViewVarHandle(words, ByteOrder.LITTLE_ENDIAN)
                .withInvokeExactBehavior();
    }

    private final Object[] locks = new Object[LOCKS];
    private final boolean little;
    private volatile byte[] bytes; // written under all locks

    private ByteArrayMemory(byte[] bytes, ByteOrder order, boolean shared) {
        super(order, shared);
        this.bytes = requireNonNull(bytes, "bytes");
        this.little = order == ByteOrder.LITTLE_ENDIAN;
        Arrays.setAll(locks, i -> new Object());
    }

    /**
     * Creates a little-endian memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param bytes the bytes
     * @return the memory
     */
    public static ByteArrayMemory of(byte[] bytes) {
        return of(bytes, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Creates a memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param bytes the bytes
     * @param order the byte order of the memory's words
     * @return the memory
     */
    public static ByteArrayMemory of(byte[] bytes, ByteOrder order) {
        return new ByteArrayMemory(bytes, order, false);
    }

    /**
     * Creates a shared memory: keys of shared operations are {@link SharedKey}s of the memory itself.
     *
     * @param bytes the bytes
     * @param order the byte order of the memory's words
     * @return the memory
     */
    public static ByteArrayMemory shared(byte[] bytes, ByteOrder order) {
        return new ByteArrayMemory(bytes, order, true);
    }

    /**
     * Returns the array that holds the bytes at present. {@link #grow} replaces it.
     *
     * @return the array, for plain accesses within the limits above
     */
    @SuppressWarnings("EI_EXPOSE_REP") // the caller's own array
    public byte[] bytes() {
        return bytes;
    }

    /**
     * Returns the present size of this memory.
     *
     * @return the size in bytes
     */
    @Override
    public long size() {
        return bytes.length;
    }

    /**
     * Grows this memory: copies the bytes to a longer array, followed by zeroes. Words and their waiters keep their
     * addresses. Atomic accesses of other threads happen before or after this call. A plain write to the old array that
     * races with this call can be lost.
     *
     * @param size the new size in bytes, not less than the present one
     * @return the previous size
     * @throws IllegalArgumentException if {@code size} is less than the present size
     */
    public int grow(int size) {
        StackGuard.checkCall(); // for all locks
        int before = bytes.length;
        checkGrowth(before, size);
        return growLocked(0, new byte[size]);
    }

    private int growLocked(int lock, byte[] longer) {
        if (lock < LOCKS) {
            synchronized (locks[lock]) {
                return growLocked(lock + 1, longer);
            }
        }
        byte[] old = bytes;
        checkGrowth(old.length, longer.length); // again: another thread may have grown this memory further
        System.arraycopy(old, 0, longer, 0, old.length);
        bytes = longer;
        return old.length;
    }

    private static void checkGrowth(int before, int size) {
        if (size < before) {
            throw new IllegalArgumentException("a memory of " + before + " bytes cannot shrink to " + size);
        }
    }

    private Object lock(long address) {
        return locks[(int) (address >>> 3 ^ address >>> 9) & (LOCKS - 1)];
    }

    /** Returns the array after the checks of an access to a word. */
    private byte[] checked(long address, int size, Access access) {
        Words.checkAligned(address, size);
        byte[] all = bytes;
        if (address < 0 || address > all.length - size) {
            throw new MemoryFaultException(address, access);
        }
        return all;
    }

    /**
     * Replaces a word by a function of it: the read-modify-write of the guest's atomic instructions.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param function computes the new value from the present one, which is zero-extended; only the low bits of its
     *     result that fit into the word are written. It is called once, under a lock: it must not block, and must not
     *     access this memory. If it throws, the word does not change
     * @return the previous value
     * @throws IllegalArgumentException if {@code address} is not a multiple of the size
     * @throws MemoryFaultException if the word is out of range
     */
    public long getAndUpdate(long address, WordSize size, LongUnaryOperator function) {
        requireNonNull(function, "function");
        synchronized (lock(address)) {
            byte[] all = checked(address, size.bytes(), Access.WRITE);
            long word = get(all, (int) address, size);
            set(all, (int) address, size, function.applyAsLong(word));
            return word;
        }
    }

    @Override
    public long load(long address, WordSize size) {
        synchronized (lock(address)) {
            return get(checked(address, size.bytes(), Access.READ), (int) address, size);
        }
    }

    @Override
    public void store(long address, WordSize size, long value) {
        synchronized (lock(address)) {
            set(checked(address, size.bytes(), Access.WRITE), (int) address, size, value);
        }
    }

    @Override
    public long compareAndExchange(long address, WordSize size, long expected, long desired) {
        return getAndUpdate(address, size, word -> word == (expected & size.mask()) ? desired : word);
    }

    @Override
    public long getAndSet(long address, WordSize size, long value) {
        return getAndUpdate(address, size, word -> value);
    }

    @Override
    public long getAndAdd(long address, WordSize size, long delta) {
        return getAndUpdate(address, size, word -> word + delta);
    }

    @Override
    String kind() {
        return "byte array";
    }

    @Override
    void checkByte(long address, Access access) {
        byte[] ignored = checked(address, 1, access);
    }

    /** Reads a word, zero-extended. */
    private long get(byte[] all, int i, WordSize size) {
        return switch (size) {
            case U8 -> all[i] & size.mask();
            case U16 ->
                (little ? (short) SHORT.get(all, i) : Short.reverseBytes((short) SHORT.get(all, i))) & size.mask();
            case U32 -> (little ? (int) INT.get(all, i) : Integer.reverseBytes((int) INT.get(all, i))) & size.mask();
            case U64 -> little ? (long) LONG.get(all, i) : Long.reverseBytes((long) LONG.get(all, i));
        };
    }

    /** Writes the low bits of a value to a word. */
    private void set(byte[] all, int i, WordSize size, long value) {
        switch (size) {
            case U8 -> all[i] = (byte) value;
            case U16 -> SHORT.set(all, i, little ? (short) value : Short.reverseBytes((short) value));
            case U32 -> INT.set(all, i, little ? (int) value : Integer.reverseBytes((int) value));
            case U64 -> LONG.set(all, i, little ? value : Long.reverseBytes(value));
        }
    }
}
