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
 * A memory made of the caller's own buffers: address 0 is the first byte of the first one. It is for WebAssembly-like
 * embedders and for locks in mapped or off-heap memory.
 *
 * <p>Nothing is copied; the caller goes on using its buffers. A memory can grow at its end by further buffers and never
 * shrinks. There are no VMAs, files or permissions: an address is in range or it faults, and a buffer that is read-only
 * faults on writes.
 *
 * <p>Two flat memories never meet, even if they share bytes or a file; whoever shall meet uses one. Several owners of a file map it into address
 * spaces as a {@link HostFile}, whose words they share.
 *
 * <p>Buffers must be direct or mapped. A heap buffer has no atomic access (the JDK offers none since byte arrays may lie at any
 * alignment), so it is refused.
 *
 * <p>If a buffer maps a file, and the file becomes shorter, then an access to a page behind the new end throws {@link InternalError}. On
 * JDK 17 the error may come later than the access, from any method that the same thread calls then. The table releases its own locks
 * for any throwable, but classes of the JDK may be left in a state that they do not expect: a lock that the thread was waiting for may
 * admit no thread any more. So do not let it happen: let no program shorten the file while a buffer maps it, for instance by a lock
 * file or by file permissions; write a new file and rename it instead of shortening the old one; or copy the file into a direct buffer
 * that maps nothing.
 *
 * <p><b>Memory consistency effects:</b> as for {@link WordMemory}; a buffer that {@link #append appended} is seen by every access
 * that happens after.
 */
public final class FlatMemory implements WordMemory {

    private final Words words;
    private final long seed = ThreadLocalRandom.current().nextLong();
    private final @Nullable MappedObject object; // what a shared memory is to others; null if it is not shared
    private volatile BufferSegments parts; // replaced under "this"

    /* The first buffer, in which most words of most memories lie, in the order of the machine's bytes. */

    private final ByteBuffer first;
    private final long firstSize; // in bytes
    private final long readable; // how many 32-bit words it has; none if their bytes lie in the other order
    private final long writable; // and how many of them can be written

    private FlatMemory(ByteBuffer buffer, ByteOrder order, boolean shared) {
        this.words = Words.of(requireNonNull(order, "order"));
        this.object = shared ? new Whole() : null;
        this.first = checked(buffer);
        this.firstSize = first.capacity();
        this.readable = order == ByteOrder.nativeOrder() ? first.capacity() / Integer.BYTES : 0;
        this.writable = first.isReadOnly() ? 0 : readable;
        this.parts = BufferSegments.NONE.with(first);
    }

    /**
     * A memory that nobody else shares, little endian: shared operations name its words by an {@link AnonymousKey}.
     *
     * @param buffer the bytes from its position to its limit
     * @return the memory
     * @throws IllegalArgumentException if the buffer is a heap buffer, does not start at a multiple of 8 bytes, or its length is
     *     not a multiple of 4
     */
    public static FlatMemory of(ByteBuffer buffer) {
        return of(buffer, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A memory that nobody else shares.
     *
     * @param buffer the bytes from its position to its limit
     * @param order the byte order of the memory's words, whatever the buffer's own
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(ByteBuffer)}
     */
    public static FlatMemory of(ByteBuffer buffer, ByteOrder order) {
        return new FlatMemory(buffer, order, false);
    }

    /**
     * A shared memory, little endian: shared operations name its words by a {@link SharedKey} of the memory itself.
     *
     * @param buffer the bytes from its position to its limit
     * @return the memory
     * @throws IllegalArgumentException as for {@link #of(ByteBuffer)}
     */
    public static FlatMemory shared(ByteBuffer buffer) {
        return shared(buffer, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A shared memory.
     *
     * @param buffer the bytes from its position to its limit
     * @param order the byte order of the memory's words, whatever the buffer's own
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
     * Grows this memory at its end. Words that lie in it stay where they are, and so do their waiters.
     *
     * @param buffer the bytes from its position to its limit
     * @return the size before, which is the address of the buffer's first byte
     * @throws IllegalArgumentException as for {@link #of(ByteBuffer)}, and if the size so far is not a multiple of 8
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
     * How large this memory is now.
     *
     * @return the size in bytes
     */
    public long size() {
        return parts.size;
    }

    /** Whether a 32-bit word is one of the first so many. The lowest bits of a misaligned address make it a very high one. */
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
     * <p>In a flat memory an address exists when it is in range now, so that even a private wake beyond the end faults, as
     * WebAssembly wants of {@code memory.atomic.notify}.
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

    /** What a shared flat memory is to those who compare keys. */
    private final class Whole implements MappedObject {
        @Override
        public long seed() {
            return seed;
        }

        @Override
        public String toString() {
            return FlatMemory.this.toString();
        }
    }
}
