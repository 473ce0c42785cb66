package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;
import org.jfutex.key.WordSize;

/** Access to the words and bytes of an address space. */
abstract class PagedWords implements WordMemory {

    /*
     * A load reads the entry, reads the word, and reads the entry again. A removed entry is never inserted again (see
     * Pte), so an unchanged entry proves that the word was mapped when it was read. A write reads the entry, enters the
     * page, reads the entry again, writes the word, and leaves the page. A change of mappings removes the entry first
     * and then waits for the page's writers:
     *
     *     writer                              unmap, protect, remap, fork
     *     (A) enter the page                  (C) remove the entry
     *     (B) read the entry again            (D) wait until the page has no writers
     *
     * Forbidden: the writer sees the entry at (B), and (D) does not see the writer. All four steps are volatile
     * accesses. If (B) precedes (C), then (A) precedes (D), so (D) sees the writer.
     *
     * A load of a host file's page enters the page like a write (see HostPage).
     */

    final Mm mm;
    final Words words;
    private final long seed = ThreadLocalRandom.current().nextLong();

    PagedWords(SpaceSettings settings, SwapStore swap, VmaMap map) {
        this.words = Words.of(settings.byteOrder());
        this.mm = new Mm(this, settings, swap, map);
    }

    @Override
    public final long hashSeed() {
        return seed;
    }

    @Override
    public final int load(long address) {
        Words.checkAligned(address, Integer.BYTES);
        int offset = Addresses.offset(address);
        for (; ; ) {
            Object[] leaf = mm.table.leaf(address);
            Pte pte = leaf == null ? null : PageTable.get(leaf, address);
            if (leaf != null && pte != null && pte.access >= Pte.READ) {
                ByteBuffer bytes = pte.page.bytes();
                if (bytes != null && offset + Integer.BYTES <= bytes.capacity()) {
                    int value = words.load(bytes, offset);
                    if (PageTable.has(leaf, address, pte)) {
                        return value;
                    }
                    continue;
                }
                if (isEntered(leaf, pte, address, offset + Integer.BYTES)) {
                    try {
                        return words.load(pte.page.bytesWithin(), offset);
                    } catch (InternalError e) {
                        throw lost(pte.page, address, Access.READ, e);
                    } finally {
                        pte.page.leave();
                    }
                }
            }
            PageFault.serve(mm, address, offset + Integer.BYTES, Access.READ);
        }
    }

    @Override
    public final long load(long address, WordSize size) {
        Words.checkAligned(address, size.bytes());
        int offset = Addresses.offset(address);
        int end = Words.end(offset, size.bytes());
        for (; ; ) {
            Object[] leaf = mm.table.leaf(address);
            Pte pte = leaf == null ? null : PageTable.get(leaf, address);
            if (leaf != null && pte != null && pte.access >= Pte.READ) {
                ByteBuffer bytes = pte.page.bytes();
                if (bytes != null && end <= bytes.capacity()) {
                    long value = words.load(bytes, offset, size);
                    if (PageTable.has(leaf, address, pte)) {
                        return value;
                    }
                    continue;
                }
                if (isEntered(leaf, pte, address, end)) {
                    try {
                        return words.load(pte.page.bytesWithin(), offset, size);
                    } catch (InternalError e) {
                        throw lost(pte.page, address, Access.READ, e);
                    } finally {
                        pte.page.leave();
                    }
                }
            }
            PageFault.serve(mm, address, end, Access.READ);
        }
    }

    /** Enters a page of a host file for a load. Returns false if the page is another one, or must be faulted in. */
    private static boolean isEntered(Object[] leaf, Pte pte, long address, int end) {
        if (!(pte.page instanceof HostPage)) {
            return false;
        }
        StackGuard.check();
        return tryEnter(leaf, pte, address, end);
    }

    /**
     * Enters the page of an entry, unless it is frozen or shared, its bytes end before an end in it, or the entry has
     * been replaced. The caller has checked the stack.
     */
    static boolean tryEnter(Object[] leaf, Pte pte, long address, int end) {
        if (!pte.page.enter()) { // (A)
            return false;
        }
        if (pte.page.holds(end) && PageTable.has(leaf, address, pte)) { // (B)
            return true;
        }
        pte.page.leave();
        return false;
    }

    /** Returns the fault of an access to a page of a host file that another program has shortened: SIGBUS. */
    private static MemoryFaultException lost(Page page, long address, Access access, InternalError error) {
        if (!(page instanceof HostPage)) {
            throw error;
        }
        MemoryFaultException fault = new MemoryFaultException(address, access);
        fault.initCause(error);
        return fault;
    }

    /** Enters the page of an address for a write that ends at an offset in the page. */
    private Page enter(long address, int end) {
        // a writer that has entered must be able to leave; otherwise every freeze of the page would hang
        StackGuard.check();
        for (; ; ) {
            Object[] leaf = mm.table.leaf(address);
            Pte pte = leaf == null ? null : PageTable.get(leaf, address);
            if (leaf != null && pte != null && pte.access == Pte.WRITE && tryEnter(leaf, pte, address, end)) {
                return pte.page;
            }
            PageFault.serve(mm, address, end, Access.WRITE);
        }
    }

    private Page enterWord(long address, int bytes) {
        Words.checkAligned(address, bytes);
        return enter(address, Words.end(Addresses.offset(address), bytes));
    }

    @Override
    public final long loadLong(long address) {
        return load(address, WordSize.U64);
    }

    @Override
    public final void store(long address, int value) {
        Page page = enterWord(address, Integer.BYTES);
        try {
            words.store(page.bytesWithin(), Addresses.offset(address), value);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final int compareAndExchange(long address, int expected, int desired) {
        Page page = enterWord(address, Integer.BYTES);
        try {
            return words.compareAndExchange(page.bytesWithin(), Addresses.offset(address), expected, desired);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final int getAndSet(long address, int value) {
        Page page = enterWord(address, Integer.BYTES);
        try {
            return words.getAndSet(page.bytesWithin(), Addresses.offset(address), value);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final int getAndAdd(long address, int delta) {
        Page page = enterWord(address, Integer.BYTES);
        try {
            return words.getAndAdd(page.bytesWithin(), Addresses.offset(address), delta);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final void store(long address, WordSize size, long value) {
        Page page = enterWord(address, size.bytes());
        try {
            words.store(page.bytesWithin(), Addresses.offset(address), size, value);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final long compareAndExchange(long address, WordSize size, long expected, long desired) {
        Page page = enterWord(address, size.bytes());
        try {
            return words.compareAndExchange(page.bytesWithin(), Addresses.offset(address), size, expected, desired);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final long getAndSet(long address, WordSize size, long value) {
        Page page = enterWord(address, size.bytes());
        try {
            return words.getAndSet(page.bytesWithin(), Addresses.offset(address), size, value);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final long getAndAdd(long address, WordSize size, long delta) {
        Page page = enterWord(address, size.bytes());
        try {
            return words.getAndAdd(page.bytesWithin(), Addresses.offset(address), size, delta);
        } catch (InternalError e) {
            throw lost(page, address, Access.WRITE, e);
        } finally {
            page.leave();
        }
    }

    @Override
    public final ByteOrder byteOrder() {
        return words.order;
    }

    /**
     * Reads bytes into the rest of a buffer. The read is not atomic: a byte that another thread writes during the call
     * has its value from before or after that write.
     *
     * @param address the address of the first byte; it need not be aligned
     * @param target the buffer, filled from its position to its limit; its position advances
     * @throws org.jfutex.key.MemoryFaultException if a byte cannot be read; the bytes before it are in the buffer
     */
    public final void read(long address, ByteBuffer target) {
        requireNonNull(target, "target");
        for (long at = address; target.hasRemaining(); ) {
            int offset = Addresses.offset(at);
            Object[] leaf = mm.table.leaf(at);
            Pte pte = leaf == null ? null : PageTable.get(leaf, at);
            ByteBuffer bytes = pte == null || pte.access < Pte.READ ? null : pte.page.bytes();
            if (leaf == null || pte == null || bytes == null || offset >= bytes.capacity()) {
                if (leaf != null && pte != null && pte.access >= Pte.READ && isEntered(leaf, pte, at, offset + 1)) {
                    at += readEntered(pte.page, at, target);
                } else {
                    PageFault.serve(mm, at, offset + 1, Access.READ);
                }
                continue;
            }
            int length = Math.min(target.remaining(), bytes.capacity() - offset);
            target.put(target.position(), bytes, offset, length);
            if (PageTable.has(leaf, at, pte)) {
                target.position(target.position() + length);
                at += length;
            }
        }
    }

    /** Reads bytes of a host file's page that this thread has entered, and leaves it. Returns how many. */
    private static int readEntered(Page page, long at, ByteBuffer target) {
        try {
            ByteBuffer bytes = page.bytesWithin();
            int length = Math.min(target.remaining(), bytes.capacity() - Addresses.offset(at));
            target.put(target.position(), bytes, Addresses.offset(at), length);
            target.position(target.position() + length);
            return length;
        } catch (InternalError e) {
            throw lost(page, at, Access.READ, e);
        } finally {
            page.leave();
        }
    }

    /**
     * Writes the remaining bytes of a buffer. The write is not atomic.
     *
     * @param address the address of the first byte; it need not be aligned
     * @param source the buffer, read from its position to its limit; its position advances
     * @throws org.jfutex.key.MemoryFaultException if a page cannot be written; the bytes before that page have been
     *     written
     */
    public final void write(long address, ByteBuffer source) {
        requireNonNull(source, "source");
        for (long at = address; source.hasRemaining(); ) {
            int offset = Addresses.offset(at);
            int length = Math.min(source.remaining(), Addresses.PAGE_SIZE - offset);
            Page page = enter(at, offset + length);
            try {
                page.bytesWithin().put(offset, source, source.position(), length);
            } catch (InternalError e) {
                throw lost(page, at, Access.WRITE, e);
            } finally {
                page.leave();
            }
            source.position(source.position() + length);
            at += length;
        }
    }
}
