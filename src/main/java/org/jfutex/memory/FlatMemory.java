package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MappedObject;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/**
 * A memory that consists of the caller's own buffers. It is for embedders of WebAssembly and similar machines, and for
 * locks in mapped or off-heap memory.
 *
 * <p>Address 0 is the first byte of the first buffer. Nothing is copied, and the caller can continue to use its
 * buffers. It has no VMAs, files or permissions. An address out of range faults, and so does a write to a read-only
 * buffer.
 *
 * <p>A memory can begin empty, over a buffer without bytes, and {@linkplain #append grow} at its end by further
 * buffers. A buffer has less than 2 GiB; a longer memory consists of several. Accesses to the first buffer are fastest.
 * Words never extend across buffers. A memory never shrinks, and has no close: its buffers live as long as it is
 * reachable, and its waiters stay queued until they are woken, or until {@link org.jfutex.FutexTable#cancel} ends their
 * waits.
 *
 * <p>Words of two flat memories never have equal keys, even if the memories share bytes or a file. So threads that wait
 * for each other must use one flat memory. To share the words of a file between several address spaces, map it as a
 * {@link HostFile}.
 *
 * <p>Buffers must be direct or mapped. A heap buffer is rejected, because the JDK offers no atomic access to it: a byte
 * array may have any alignment. For arrays there are {@link ArrayMemory} and {@link ByteArrayMemory}.
 *
 * <p>If a buffer belongs to an arena (JDK 22 and later), the arena must stay open, and must be a shared or automatic
 * one. After it is closed, every access throws {@link IllegalStateException}, also out of the operations of a table
 * that read the word. A wake reads no word, so it still wakes the waiters. The artifact {@code jfutex-native} has a
 * memory in which a closed arena is a fault.
 *
 * <p>If a buffer maps a file and the file becomes shorter, an access to a page beyond the new end throws {@link
 * InternalError}. On JDK 17, a later method of the same thread may throw that error instead of the access. The table
 * releases its own locks for any throwable. But classes of the JDK may be left in a state that they do not expect: for
 * example, a lock that the thread was waiting for may never admit a thread again. There are three ways to avoid this:
 *
 * <ul>
 *   <li>Let no program shorten the file while a buffer maps it, for instance by a lock file or by file permissions.
 *   <li>Write a new file and rename it, instead of shortening the old one.
 *   <li>Copy the file into a direct buffer that is not mapped.
 * </ul>
 *
 * <p><b>Memory consistency effects:</b> as for {@link WordMemory}. A buffer added by {@link #append} is visible to
 * every access that happens after.
 */
public final class FlatMemory implements WordMemory {

    private final Words words;
    private final long seed = ThreadLocalRandom.current().nextLong();
    private final @Nullable MappedObject object; // the mapped object in keys; null if this memory is not shared
    private volatile BufferSegments parts; // replaced under "this"

    /*
     * The first buffer contains most words of most memories. Fast paths access it directly if it has the native byte
     * order.
     */

    private final ByteBuffer first;
    private final long firstSize; // in bytes
    private final long readable; // its number of 32-bit words; 0 if the byte order is not the native one
    private final long writable; // the number of those words that can be written

    private FlatMemory(ByteBuffer buffer, ByteOrder order, boolean shared) {
        this.words = Words.of(requireNonNull(order, "order"));
        this.object = shared ? new WholeMemory(this, seed) : null;
        this.first = checked(buffer);
        this.firstSize = first.capacity();
        this.readable = order == ByteOrder.nativeOrder() ? first.capacity() / Integer.BYTES : 0;
        this.writable = first.isReadOnly() ? 0 : readable;
        this.parts = BufferSegments.NONE.with(first);
    }

    /**
     * Creates a little-endian memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param buffer the bytes from its position to its limit
     * @return the memory
     * @throws IllegalArgumentException if the buffer is a heap buffer, does not start at a multiple of 8 bytes, or its
     *     length is not a multiple of 4
     */
    public static FlatMemory of(ByteBuffer buffer) {
        return of(buffer, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Creates a memory that is not shared: keys of shared operations are {@link AnonymousKey}s.
     *
     * @param buffer the bytes from its position to its limit
     * @param order the byte order of the memory's words; the buffer's own order is ignored
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(ByteBuffer)}
     */
    public static FlatMemory of(ByteBuffer buffer, ByteOrder order) {
        return new FlatMemory(buffer, order, false);
    }

    /**
     * Creates a little-endian shared memory: keys of shared operations are {@link SharedKey}s of the memory itself.
     *
     * @param buffer the bytes from its position to its limit
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(ByteBuffer)}
     */
    public static FlatMemory shared(ByteBuffer buffer) {
        return shared(buffer, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Creates a shared memory: keys of shared operations are {@link SharedKey}s of the memory itself.
     *
     * @param buffer the bytes from its position to its limit
     * @param order the byte order of the memory's words; the buffer's own order is ignored
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(ByteBuffer)}
     */
    public static FlatMemory shared(ByteBuffer buffer, ByteOrder order) {
        return new FlatMemory(buffer, order, true);
    }

    private static ByteBuffer checked(ByteBuffer buffer) {
        if (!requireNonNull(buffer, "buffer").isDirect()) {
            throw new IllegalArgumentException("a heap buffer has no atomic access: use a direct or mapped buffer");
        }
        ByteBuffer bytes = buffer.slice();
        if (bytes.alignmentOffset(0, 8) != 0) {
            throw new IllegalArgumentException(
                    "the buffer does not start at a multiple of 8 bytes of the machine's memory");
        }
        if (bytes.capacity() % 4 != 0) {
            throw new IllegalArgumentException("a length of " + bytes.capacity() + " bytes is not a multiple of 4");
        }
        return bytes;
    }

    /**
     * Grows this memory by a buffer at its end. Existing words and their waiters keep their addresses.
     *
     * @param buffer the bytes from its position to its limit
     * @return the previous size, which is the address of the buffer's first byte
     * @throws IllegalArgumentException as for {@link #of(ByteBuffer)}, and if the previous size is not a multiple of 8
     */
    public synchronized long append(ByteBuffer buffer) {
        BufferSegments before = parts;
        if (before.size % 8 != 0) {
            throw new IllegalArgumentException("the " + before.size + " bytes so far do not end at a multiple of 8");
        }
        parts = before.with(checked(buffer));
        return before.size;
    }

    /**
     * Returns the present size of this memory.
     *
     * @return the size in bytes
     */
    public long size() {
        return parts.size;
    }

    /**
     * Returns whether an address is that of one of the first 32-bit words. The rotation turns a misaligned address into
     * a huge index.
     */
    private static boolean isAmong(long words, long address) {
        return Long.compareUnsigned(Long.rotateRight(address, 2), words) < 0;
    }

    private BufferSegments.Segment readable(long address, int bytes) {
        return part(address, bytes, Access.READ);
    }

    private BufferSegments.Segment writable(long address, int bytes) {
        BufferSegments.Segment part = part(address, bytes, Access.WRITE);
        if (part.bytes().isReadOnly()) {
            throw new MemoryFaultException(address, Access.WRITE);
        }
        return part;
    }

    private BufferSegments.Segment part(long address, int bytes, Access access) {
        Words.checkAligned(address, bytes);
        BufferSegments all = parts;
        if (address < 0 || address > all.size - bytes) {
            throw new MemoryFaultException(address, access);
        }
        return all.holding(address);
    }

    @Override
    public int load(long address) {
        if (isAmong(readable, address)) {
            return (int) Words.INT.getVolatile(first, (int) address);
        }
        BufferSegments.Segment part = readable(address, 4);
        return words.load(part.bytes(), part.index(address));
    }

    @Override
    public long loadLong(long address) {
        BufferSegments.Segment part = readable(address, 8);
        return words.loadLong(part.bytes(), part.index(address));
    }

    @Override
    public long load(long address, WordSize size) {
        BufferSegments.Segment part = readable(address, size.bytes());
        return words.load(part.bytes(), part.index(address), size);
    }

    @Override
    public void store(long address, int value) {
        if (isAmong(writable, address)) {
            Words.INT.setVolatile(first, (int) address, value);
            return;
        }
        BufferSegments.Segment part = writable(address, 4);
        words.store(part.bytes(), part.index(address), value);
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        if (isAmong(writable, address)) {
            return (int) Words.INT.compareAndExchange(first, (int) address, expected, desired);
        }
        BufferSegments.Segment part = writable(address, 4);
        return words.compareAndExchange(part.bytes(), part.index(address), expected, desired);
    }

    @Override
    public int getAndSet(long address, int value) {
        if (isAmong(writable, address)) {
            return (int) Words.INT.getAndSet(first, (int) address, value);
        }
        BufferSegments.Segment part = writable(address, 4);
        return words.getAndSet(part.bytes(), part.index(address), value);
    }

    @Override
    public int getAndAdd(long address, int delta) {
        if (isAmong(writable, address)) {
            return (int) Words.INT.getAndAdd(first, (int) address, delta);
        }
        BufferSegments.Segment part = writable(address, 4);
        return words.getAndAdd(part.bytes(), part.index(address), delta);
    }

    @Override
    public void store(long address, WordSize size, long value) {
        BufferSegments.Segment part = writable(address, size.bytes());
        words.store(part.bytes(), part.index(address), size, value);
    }

    @Override
    public long compareAndExchange(long address, WordSize size, long expected, long desired) {
        BufferSegments.Segment part = writable(address, size.bytes());
        return words.compareAndExchange(part.bytes(), part.index(address), size, expected, desired);
    }

    @Override
    public long getAndSet(long address, WordSize size, long value) {
        BufferSegments.Segment part = writable(address, size.bytes());
        return words.getAndSet(part.bytes(), part.index(address), size, value);
    }

    @Override
    public long getAndAdd(long address, WordSize size, long delta) {
        BufferSegments.Segment part = writable(address, size.bytes());
        return words.getAndAdd(part.bytes(), part.index(address), size, delta);
    }

    /**
     * {@inheritDoc}
     *
     * <p>In a flat memory an address exists if it is in range at present. So even a private wake beyond the end faults,
     * as WebAssembly requires of {@code memory.atomic.notify}.
     */
    @Override
    public boolean isUserAddress(long address) {
        return Long.compareUnsigned(address, firstSize) < 0 || (address >= 0 && address < parts.size);
    }

    @Override
    public long hashSeed() {
        return seed;
    }

    @Override
    public long sharedHash(long address, Access access) {
        MappedObject whole = object;
        return whole != null && isAmong(access == Access.READ ? readable : writable, address)
                ? SharedKey.hash(whole, address)
                : sharedKey(address, access).hash();
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        if (requireNonNull(access, "access") == Access.READ) {
            readable(address, 1);
        } else {
            writable(address, 1);
        }
        MappedObject whole = object;
        return whole == null ? new AnonymousKey(this, address) : SharedKey.at(whole, address);
    }

    @Override
    public ByteOrder byteOrder() {
        return words.order;
    }

    @Override
    public String toString() {
        return (object == null ? "flat memory @" : "shared flat memory @")
                + Integer.toHexString(System.identityHashCode(this));
    }
}
