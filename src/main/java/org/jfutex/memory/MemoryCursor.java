package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.function.LongBinaryOperator;
import java.util.function.LongSupplier;
import org.jfutex.key.Access;
import org.jfutex.key.StackGuard;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/**
 * Fast access of one thread to the words of an {@link AddressSpace}: a software TLB. It is for emulators, whose guest
 * threads read and write memory all the time; create one cursor for each guest thread.
 *
 * <p>A cursor reads and writes the same words as its space, with the same faults, and faults in pages as the space
 * does. It also has plain, acquire and release accesses. Changes of mappings, forks, copies on write and swap-outs work
 * as for the methods of the space: a write happens before or after such an operation, and is never lost.
 *
 * <p>One thread at a time can use a cursor. Outside a session, no operation ever waits for a cursor whose thread
 * sleeps. A thread that writes often can put its accesses into a session, which makes each write cheaper by an atomic
 * instruction:
 *
 * <pre>{@code
 * cursor.begin();
 * try {
 *     while (runsGuestCode()) { // each round accesses memory, or calls cursor.poll()
 *         ...
 *     }
 * } finally {
 *     cursor.end();
 * }
 * }</pre>
 *
 * <p>Between {@link #begin} and {@link #end}, the thread must call the cursor again and again, and must not block: an
 * unmap, a fork or a swap-out of a page that it has written waits for its next call of the cursor. Nor may it call the
 * space or a futex table there, since these can wait for such an operation. It ends the session before each system call
 * of the guest. If the thread dies in a session, no operation waits for it, and the cursor cannot be used any more.
 *
 * <p>A cursor refers to the pages in its slots until they are replaced. Close a cursor that is no longer used. Pages of
 * host files that are not copied are accessed through the space.
 *
 * <p>In the methods, a {@code long} holds a narrower word as for {@link WordMemory}. If the address is not a multiple
 * of the word's size, every method throws {@link IllegalArgumentException}. If the word is missing or forbids the
 * access, it throws {@link org.jfutex.key.MemoryFaultException}. In both cases nothing has changed.
 *
 * <p><b>Memory consistency effects:</b> methods without another statement have the effects of a volatile access, as for
 * {@link WordMemory}. {@link #load} and {@link #store} are opaque accesses: they are atomic, and the accesses to one
 * word have one order, but they order nothing else.
 */
public final class MemoryCursor implements AutoCloseable {

    /*
     * Loads go through the translations, and are validated after the fact (see Translation). Writes go through the held
     * pages, under their gate (see HeldPages). A session owns the gate all the time; other writes take it each time. In
     * a session, loads of pages that can be written go through the held pages, too, and need no validation.
     * Page faults and accesses to host files happen without the gate, since they can wait for an operation that waits
     * for this cursor.
     */

    /** The number of slots of a cursor unless another one is requested. */
    static final int DEFAULT_SLOTS = 256;

    private static final int MOST_SLOTS = 1 << 16;
    private static final int OFFSET = Addresses.PAGE_SIZE - 1;

    private static final Cleaner CLEANER = Cleaner.create();

    private final PagedWords space;
    private final Mm mm;
    private final Words words;
    private final Translation[] translations;
    private final HeldPages held;
    private final Cleaner.Cleanable closing;
    private boolean inSession;

    MemoryCursor(PagedWords space, Words words, int slots) {
        if (slots < 1 || slots > MOST_SLOTS || Integer.bitCount(slots) != 1) {
            throw new IllegalArgumentException(slots + " slots: not a power of two from 1 to " + MOST_SLOTS);
        }
        this.space = space;
        this.mm = space.mm;
        this.words = words;
        this.translations = new Translation[slots];
        for (int i = 0; i < slots; i++) {
            translations[i] = new Translation();
        }
        HeldPages pages = new HeldPages(slots);
        this.held = pages;
        this.closing = CLEANER.register(this, pages::close);
        pages.register();
    }

    /**
     * Gives up all pages. Afterwards, every write, bulk write and {@link #begin} throws {@link IllegalStateException}.
     *
     * @throws IllegalStateException if a session has not ended
     */
    @Override
    public void close() {
        if (inSession) {
            throw new IllegalStateException("the session has not ended");
        }
        for (Translation translation : translations) {
            translation.clear();
        }
        closing.clean();
    }

    // ---- sessions

    /**
     * Begins a session; see above for what the thread must not do in it.
     *
     * @throws IllegalStateException if a session has not ended, or another thread uses this cursor
     */
    public void begin() {
        StackGuard.check();
        held.own();
        held.startSession();
        inSession = true;
    }

    /**
     * Ends a session.
     *
     * @throws IllegalStateException if no session has begun
     */
    public void end() {
        if (!inSession) {
            throw new IllegalStateException("no session has begun");
        }
        inSession = false;
        held.endSession();
        held.disown();
    }

    /** Lets an operation go on that waits for this session. For parts of a session that do not access memory. */
    public void poll() {
        if (held.isWanted()) {
            disown(own());
        }
    }

    /** Takes the gate for one write. Returns whether the write must give it back. */
    private boolean own() {
        if (inSession) {
            if (held.isWanted()) {
                StackGuard.check();
                held.yieldWanted();
            }
            return false;
        }
        StackGuard.check(); // an owner of the gate must be able to give it back
        held.own();
        return true;
    }

    private void disown(boolean owned) {
        if (owned) {
            held.disown();
        }
    }

    // ---- loads

    private static int offset(long address) {
        return (int) address & OFFSET;
    }

    /** Returns the tag of a slot that contains a word of an aligned address; no tag if the address is misaligned. */
    private static long tag(long address, int bytes) {
        return address & (-Addresses.PAGE_SIZE | (bytes - 1));
    }

    private Translation translation(long address) {
        return translations[HeldPages.slotIndex(address, translations.length)];
    }

    /**
     * Fills the slot of an address for a load. Returns null if the page must be accessed through the space.
     *
     * @throws org.jfutex.key.MemoryFaultException if the word cannot be read
     */
    private @Nullable Translation fill(long address, int bytes) {
        Words.checkAligned(address, bytes);
        int end = Words.end(offset(address), bytes);
        for (; ; ) {
            Object[] leaf = mm.table.leaf(address);
            Pte pte = leaf == null ? null : PageTable.get(leaf, address);
            if (leaf != null && pte != null && pte.access >= Pte.READ) {
                ByteBuffer resident = pte.page.bytes();
                if (resident != null && resident.capacity() == Addresses.PAGE_SIZE) {
                    Translation translation = translation(address);
                    translation.fill(address, leaf, pte, resident);
                    return translation;
                }
                if (pte.page instanceof HostPage) {
                    return null;
                }
            }
            serve(address, end, Access.READ);
        }
    }

    /** Serves a page fault, without the gate. */
    private void serve(long address, int end, Access access) {
        boolean pausing = pause();
        try {
            PageFault.serve(mm, address, end, access);
        } finally {
            resume(pausing);
        }
    }

    /** Gives the gate back if a session has it. Returns whether {@link #resume} must take it again. */
    private boolean pause() {
        boolean pausing = inSession;
        if (pausing) {
            StackGuard.checkDeep(); // for the resumption
            end();
        }
        return pausing;
    }

    private void resume(boolean pausing) {
        if (pausing) {
            held.own();
            held.startSession();
            inSession = true;
        }
    }

    /**
     * Reads a word by an opaque access.
     *
     * @param address a multiple of the size
     * @param size the size
     * @return the word, zero-extended
     */
    public long load(long address, WordSize size) {
        if (held.currentTag == tag(address, size.bytes()) && !held.isWanted()) {
            return words.loadOpaque(held.currentBytes, offset(address), size);
        }
        if (inSession) {
            HeldPages.Slot slot = held.slot(address);
            if (slot.tag == tag(address, size.bytes()) && !held.isWanted()) {
                held.remember(slot);
                return words.loadOpaque(slot.bytes, offset(address), size);
            }
            return loadSlowly(address, size);
        }
        Translation hit = translation(address);
        if (hit.tag == tag(address, size.bytes()) && !held.isWanted()) {
            long value = words.loadOpaque(hit.bytes, offset(address), size);
            if (hit.wasValid(address)) {
                return value;
            }
        }
        return loadSlowly(address, size);
    }

    private long loadSlowly(long address, WordSize size) {
        poll();
        if (inSession && isWritable(address)) {
            HeldPages.Slot slot = hold(address, size.bytes());
            if (slot != null) {
                return words.loadOpaque(slot.bytes, offset(address), size);
            }
        }
        for (; ; ) {
            Translation translation = translationOf(address, size.bytes());
            if (translation == null) {
                return loadThroughSpace(address, size);
            }
            long value = words.loadOpaque(translation.bytes, offset(address), size);
            if (translation.wasValid(address)) {
                return value;
            }
            translation.clear();
        }
    }

    /**
     * Returns whether a session enters a page for a load: the page was loaded before, and can be written. To enter a
     * page costs more than one load of it.
     */
    private boolean isWritable(long address) {
        Translation translation = translation(address);
        return translation.tag == tag(address, 1) && translation.isWritable();
    }

    /** Returns the slot of an address for a load, filled if necessary; null if the space must be used. */
    private @Nullable Translation translationOf(long address, int bytes) {
        Translation hit = translation(address);
        return hit.tag == tag(address, bytes) ? hit : fill(address, bytes);
    }

    private long loadThroughSpace(long address, WordSize size) {
        return outside(() -> space.load(address, size));
    }

    /**
     * Reads a word by an acquire access: it is ordered before all later accesses.
     *
     * @param address a multiple of the size
     * @param size the size
     * @return the word, zero-extended
     */
    public long loadAcquire(long address, WordSize size) {
        long value = load(address, size);
        VarHandle.acquireFence();
        return value;
    }

    /**
     * Reads a word by a volatile access.
     *
     * @param address a multiple of the size
     * @param size the size
     * @return the word, zero-extended
     */
    public long loadVolatile(long address, WordSize size) {
        if (inSession) {
            HeldPages.Slot slot = held.slot(address);
            if (slot.tag == tag(address, size.bytes()) && !held.isWanted()) {
                return words.load(slot.bytes, offset(address), size);
            }
        }
        poll();
        for (; ; ) {
            Translation translation = translationOf(address, size.bytes());
            if (translation == null) {
                return loadThroughSpace(address, size);
            }
            long value = words.load(translation.bytes, offset(address), size);
            if (translation.wasValid(address)) {
                return value;
            }
            translation.clear();
        }
    }

    // ---- writes

    /**
     * Returns the slot of an address for a write. The gate is owned, before and after. Returns null if the page must be
     * accessed through the space.
     */
    private HeldPages.@Nullable Slot writable(long address, int bytes, boolean owned) {
        HeldPages.Slot slot = held.slot(address);
        if (slot.tag != tag(address, bytes)) {
            return enter(address, bytes, owned);
        }
        if (!owned) {
            held.remember(slot);
        }
        return slot;
    }

    private HeldPages.@Nullable Slot enter(long address, int bytes, boolean owned) {
        Words.checkAligned(address, bytes);
        int end = Words.end(offset(address), bytes);
        for (; ; ) {
            HeldPages.Slot slot = hold(address, bytes);
            if (slot != null) {
                return slot;
            }
            Pte pte = mm.table.get(address);
            if (pte != null && pte.access == Pte.WRITE && pte.page instanceof HostPage) {
                return null;
            }
            faultIn(address, end, owned);
        }
    }

    /** Enters the page of an address, and puts it into its slot. Returns null if that needs a page fault. */
    private HeldPages.@Nullable Slot hold(long address, int bytes) {
        Words.checkAligned(address, bytes);
        StackGuard.check(); // an entered page must reach its slot
        Object[] leaf = mm.table.leaf(address);
        Pte pte = leaf == null ? null : PageTable.get(leaf, address);
        if (leaf == null
                || pte == null
                || pte.access != Pte.WRITE
                || pte.page instanceof HostPage
                || !PagedWords.tryEnter(leaf, pte, address, Addresses.PAGE_SIZE)) {
            return null;
        }
        held.put(address, pte.page, pte.page.bytesWithin());
        return held.slot(address);
    }

    /** Serves a page fault for a write, without the gate. If it fails, the gate is owned nevertheless. */
    private void faultIn(long address, int end, boolean owned) {
        if (!owned) {
            serve(address, end, Access.WRITE);
            return;
        }
        held.disown();
        try {
            PageFault.serve(mm, address, end, Access.WRITE);
        } finally {
            held.own();
        }
    }

    /**
     * Writes a word by an opaque access.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param value the value to write
     */
    public void store(long address, WordSize size, long value) {
        if (held.currentTag == tag(address, size.bytes()) && !held.isWanted()) {
            words.storeOpaque(held.currentBytes, offset(address), size, value);
            return;
        }
        boolean owned = own();
        try {
            HeldPages.Slot slot = writable(address, size.bytes(), owned);
            if (slot != null) {
                words.storeOpaque(slot.bytes, offset(address), size, value);
                return;
            }
        } finally {
            disown(owned);
        }
        long ignored = outside(() -> {
            space.store(address, size, value);
            return 0;
        });
    }

    /**
     * Writes a word by a release access: it is ordered after all earlier accesses.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param value the value to write
     */
    public void storeRelease(long address, WordSize size, long value) {
        VarHandle.releaseFence();
        store(address, size, value);
    }

    /**
     * Writes a word by a volatile access.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param value the value to write
     */
    public void storeVolatile(long address, WordSize size, long value) {
        boolean owned = own();
        try {
            HeldPages.Slot slot = writable(address, size.bytes(), owned);
            if (slot != null) {
                words.store(slot.bytes, offset(address), size, value);
                return;
            }
        } finally {
            disown(owned);
        }
        long ignored = outside(() -> {
            space.store(address, size, value);
            return 0;
        });
    }

    /**
     * Writes a word if it holds the expected value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param expected the value that the word must hold; only its low bits that fit into the word count
     * @param desired the value to write
     * @return the previous value, zero-extended
     */
    public long compareAndExchange(long address, WordSize size, long expected, long desired) {
        if (held.currentTag == tag(address, size.bytes()) && !held.isWanted()) {
            return words.compareAndExchange(held.currentBytes, offset(address), size, expected, desired);
        }
        boolean owned = own();
        try {
            HeldPages.Slot slot = writable(address, size.bytes(), owned);
            if (slot != null) {
                return words.compareAndExchange(slot.bytes, offset(address), size, expected, desired);
            }
        } finally {
            disown(owned);
        }
        return outside(() -> space.compareAndExchange(address, size, expected, desired));
    }

    /**
     * Writes a word and returns its previous value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param value the value to write
     * @return the previous value, zero-extended
     */
    public long getAndSet(long address, WordSize size, long value) {
        boolean owned = own();
        try {
            HeldPages.Slot slot = writable(address, size.bytes(), owned);
            if (slot != null) {
                return words.getAndSet(slot.bytes, offset(address), size, value);
            }
        } finally {
            disown(owned);
        }
        return outside(() -> space.getAndSet(address, size, value));
    }

    /**
     * Adds to a word and returns its previous value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param delta the number to add; the sum wraps around within the word
     * @return the previous value, zero-extended
     */
    public long getAndAdd(long address, WordSize size, long delta) {
        boolean owned = own();
        try {
            HeldPages.Slot slot = writable(address, size.bytes(), owned);
            if (slot != null) {
                return words.getAndAdd(slot.bytes, offset(address), size, delta);
            }
        } finally {
            disown(owned);
        }
        return outside(() -> space.getAndAdd(address, size, delta));
    }

    /**
     * Clears the bits of a word that a mask does not have, and returns its previous value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param bits the second operand
     * @return the previous value, zero-extended
     */
    public long getAndAnd(long address, WordSize size, long bits) {
        return getAndAccumulate(address, size, bits, (word, operand) -> word & operand);
    }

    /**
     * Sets bits of a word, and returns its previous value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param bits the second operand
     * @return the previous value, zero-extended
     */
    public long getAndOr(long address, WordSize size, long bits) {
        return getAndAccumulate(address, size, bits, (word, operand) -> word | operand);
    }

    /**
     * Inverts bits of a word, and returns its previous value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param bits the second operand
     * @return the previous value, zero-extended
     */
    public long getAndXor(long address, WordSize size, long bits) {
        return getAndAccumulate(address, size, bits, (word, operand) -> word ^ operand);
    }

    private long getAndAccumulate(long address, WordSize size, long operand, LongBinaryOperator function) {
        boolean owned = own();
        try {
            HeldPages.Slot slot = writable(address, size.bytes(), owned);
            if (slot != null) {
                return words.getAndAccumulate(slot.bytes, offset(address), size, operand, function);
            }
        } finally {
            disown(owned);
        }
        return outside(() -> {
            for (long seen = space.load(address, size); ; ) {
                long before = space.compareAndExchange(address, size, seen, function.applyAsLong(seen, operand));
                if (before == seen) {
                    return before;
                }
                seen = before;
            }
        });
    }

    /** Calls the space, without the gate. */
    private long outside(LongSupplier access) {
        boolean pausing = pause();
        try {
            return access.getAsLong();
        } finally {
            resume(pausing);
        }
    }

    // ---- bytes

    /**
     * Reads bytes into the rest of a buffer, as {@link AddressSpace#read} does.
     *
     * @param address the address of the first byte; it need not be aligned
     * @param target the buffer, filled from its position to its limit; its position advances
     * @throws org.jfutex.key.MemoryFaultException if a byte cannot be read; the bytes before it are in the buffer
     */
    public void read(long address, ByteBuffer target) {
        requireNonNull(target, "target");
        for (long at = address; target.hasRemaining(); ) {
            poll();
            Translation from = translation(at);
            if (from.tag != tag(at, 1)) {
                from = fill(at, 1);
            }
            int length = Math.min(target.remaining(), Addresses.PAGE_SIZE - offset(at));
            if (from == null) {
                at += readThroughSpace(at, target, length);
            } else {
                target.put(target.position(), from.bytes, offset(at), length);
                if (from.wasValid(at)) {
                    target.position(target.position() + length);
                    at += length;
                } else {
                    from.clear();
                }
            }
        }
    }

    /** Reads a part of a page through the space; if its end is missing, the space reads what there is. */
    private long readThroughSpace(long at, ByteBuffer target, int length) {
        int limit = target.limit();
        target.limit(target.position() + length);
        try {
            return outside(() -> {
                space.read(at, target);
                return length;
            });
        } finally {
            target.limit(limit);
        }
    }

    /**
     * Writes the remaining bytes of a buffer, as {@link AddressSpace#write} does.
     *
     * @param address the address of the first byte; it need not be aligned
     * @param source the buffer, read from its position to its limit; its position advances
     * @throws org.jfutex.key.MemoryFaultException if a page cannot be written; the bytes before that page have been
     *     written
     */
    public void write(long address, ByteBuffer source) {
        requireNonNull(source, "source");
        for (long at = address; source.hasRemaining(); ) {
            int length = Math.min(source.remaining(), Addresses.PAGE_SIZE - offset(at));
            if (!writeWithin(at, source, length)) {
                writeThroughSpace(at, source, length);
            }
            at += length;
        }
    }

    private boolean writeWithin(long at, ByteBuffer source, int length) {
        boolean owned = own();
        try {
            HeldPages.Slot slot = writable(at, 1, owned);
            if (slot != null) {
                slot.bytes.put(offset(at), source, source.position(), length);
                source.position(source.position() + length);
            }
            return slot != null;
        } finally {
            disown(owned);
        }
    }

    private void writeThroughSpace(long at, ByteBuffer source, int length) {
        int limit = source.limit();
        source.limit(source.position() + length);
        try {
            long ignored = outside(() -> {
                space.write(at, source);
                return 0;
            });
        } finally {
            source.limit(limit);
        }
    }
}
