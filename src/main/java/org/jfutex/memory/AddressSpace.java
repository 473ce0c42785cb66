package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a process: mappings of files and of anonymous memory, with copy-on-write, fork and swap. It is for
 * emulators and for programs that need futexes to behave as on Linux.
 *
 * <p>Pages have {@value org.jfutex.key.SharedKey#PAGE_SIZE} bytes. Addresses have 47 bits, and no program can map the
 * last page. Addresses of mappings are multiples of the page size; lengths are rounded up to it. Untouched memory costs
 * nothing.
 *
 * <p>A method rejects wrong arguments with {@link IllegalArgumentException}, and changes that the mappings do not
 * permit with {@link MappingException}. Unless the method says otherwise, nothing has changed then. If a word or byte
 * is not mapped, lies beyond the end of its file or is protected, an access to it throws {@link
 * org.jfutex.key.MemoryFaultException}.
 *
 * <p>All methods are thread-safe. Accesses to words and lookups of keys never wait for a change of mappings elsewhere.
 * A change of mappings is atomic for every word that it affects. A write can race with a fork, a copy of its page, a
 * move or a swap-out. It then happens before or after that operation and is never lost.
 *
 * <p>A space with a {@linkplain SpaceSettings#listener listener} reports moved and unmapped ranges by the rules of
 * {@link org.jfutex.key.MappingListener}. A call that reports waits for earlier reports. So does a call that specifies
 * an address for which a report is pending. If the listener throws, the mappings have changed nevertheless.
 *
 * <p>A waiter refers to its key, which contains an address or a file position but no page. So pages with waiters are
 * copied, swapped out and freed like all others.
 *
 * <p><b>Memory consistency effects:</b> as for {@link WordMemory}. A change of mappings and a later access to the
 * changed range are ordered like accesses to one volatile variable.
 */
public final class AddressSpace extends PagedWords implements AutoCloseable {

    private final KeyCache lookAside;

    /** Creates an empty space with the {@link SpaceSettings#DEFAULT} settings. */
    public AddressSpace() {
        this(SpaceSettings.DEFAULT);
    }

    /**
     * Creates an empty space.
     *
     * @param settings the settings of the space
     */
    public AddressSpace(SpaceSettings settings) {
        super(requireNonNull(settings, "settings"), new SwapStore(), VmaMap.EMPTY);
        lookAside = mm.keyCache;
    }

    private AddressSpace(Mm parent) {
        super(parent.settings, parent.swap, parent.map());
        lookAside = mm.keyCache;
    }

    /**
     * Returns the settings of this space.
     *
     * @return the settings
     */
    public SpaceSettings settings() {
        return mm.settings;
    }

    // ---- mappings

    /**
     * Maps memory: mmap.
     *
     * @param request the range, its file, protection and placement
     * @return the address of the mapping
     * @throws MappingException if an address that must be free is mapped, if a shared mapping through a read-only
     *     descriptor would be writable, or if no free range of user addresses is long enough
     * @throws IllegalStateException if this space is closed
     */
    public long map(MapRequest request) {
        return Mmap.map(mm, requireNonNull(request, "request"));
    }

    /**
     * Unmaps a range and ignores unmapped parts of it: munmap.
     *
     * @param address the start of the range
     * @param length the length in bytes
     */
    public void unmap(long address, long length) {
        Munmap.unmap(mm, address, length);
    }

    /**
     * Changes the protection of a range: mprotect.
     *
     * @param address the start of the range
     * @param length the length in bytes
     * @param protection the new protection
     * @throws MappingException if a page is not mapped or cannot become writable; as in Linux, the pages before the
     *     first such page have changed
     */
    public void protect(long address, long length, Protection protection) {
        Mprotect.protect(mm, address, length, requireNonNull(protection, "protection"));
    }

    /**
     * Shrinks or grows a mapping; moves it if necessary and permitted: mremap.
     *
     * @param address the start of the range
     * @param oldLength the present length in bytes; 0 to keep the range and to map its pages of a shared object once
     *     more elsewhere
     * @param newLength the new length in bytes
     * @param mayMove whether the range may move if it cannot grow in place: MREMAP_MAYMOVE
     * @return the new address of the range
     * @throws MappingException if the first page is not mapped; if a growing range does not lie within one VMA; if
     *     {@code oldLength} is 0 and the memory is private; or if no free range is long enough
     */
    public long remap(long address, long oldLength, long newLength, boolean mayMove) {
        return Mremap.resize(mm, address, oldLength, newLength, mayMove);
    }

    /**
     * Moves a mapping to an address and replaces the mappings there: mremap with MREMAP_FIXED.
     *
     * <p>If the length stays the same, the range may contain several VMAs, and holes after the first one. For a hole in
     * the range, the target does not change. A SysV segment moves only if the whole range lies within its VMA.
     *
     * @param address the start of the range
     * @param oldLength the present length in bytes; 0 to keep the range and to map its pages of a shared object once
     *     more at the target
     * @param newLength the new length in bytes
     * @param target the new address; the target range must not overlap the present range
     * @throws MappingException if the first page is not mapped; if the length changes and the part that remains does
     *     not lie within one VMA; if a SysV segment and another VMA or a hole would move together, in which case the
     *     VMAs before the segment have moved; if {@code oldLength} is 0 and the memory is private; or if {@code
     *     oldLength} is 0 and {@code target} equals {@code address}, in which case the target range has been unmapped
     */
    public void remapTo(long address, long oldLength, long newLength, long target) {
        Mremap.moveTo(mm, address, oldLength, newLength, target);
    }

    /**
     * Moves the contents of a range and leaves the range mapped, as if untouched: mremap with MREMAP_DONTUNMAP.
     *
     * <p>Afterwards, anonymous memory reads as zeroes at the old address, and a private mapping of a file reads as the
     * file. Shared memory is visible at both addresses. Waiters stay at the old address.
     *
     * @param address the start of a range within one VMA
     * @param length the length in bytes
     * @param hint the new address if it is free; it must not overlap the range; 0 for any address
     * @return the new address
     * @throws MappingException if the range does not lie within one VMA, or if no free range is long enough
     */
    public long remapDontUnmap(long address, long length, long hint) {
        return Mremap.moveAndKeep(mm, address, length, hint);
    }

    /**
     * Moves the contents of a range to an address, replaces the mappings there, and leaves the range mapped: mremap
     * with MREMAP_FIXED and MREMAP_DONTUNMAP. As for {@link #remapTo}, the range may contain several VMAs.
     *
     * @param address the start of the range
     * @param length the length in bytes
     * @param target the new address; the target range must not overlap the range
     * @throws MappingException if the first page is not mapped
     */
    public void remapDontUnmapTo(long address, long length, long target) {
        Mremap.moveToAndKeep(mm, address, length, target);
    }

    /**
     * Discards the private pages of a range: madvise with MADV_DONTNEED.
     *
     * <p>Afterwards, anonymous memory reads as zeroes, and a private mapping of a file reads as the file. Shared
     * mappings keep their contents.
     *
     * @param address the start of the range
     * @param length the length in bytes
     * @throws MappingException if a part is not mapped; as in Linux, the pages of the other parts have been discarded
     */
    public void adviseDontNeed(long address, long length) {
        Madvise.dontNeed(mm, address, length);
    }

    /**
     * Creates a child with copies of all mappings: fork.
     *
     * <p>Parent and child share the shared mappings. The child's private memory has the contents that this space had at
     * one moment of the call. Afterwards neither space sees the other's writes to private memory.
     *
     * @return the child
     */
    public AddressSpace fork() {
        mm.lock();
        try {
            AddressSpace child = new AddressSpace(mm);
            boolean forked = false;
            child.mm.lock(); // a truncation of a file waits until the child has copied everything
            try {
                Fork.fork(mm, child.mm);
                forked = true;
            } finally {
                if (!forked) {
                    child.mm.publishLocked(VmaMap.EMPTY); // gives the references to files back
                }
                child.mm.unlock();
            }
            return child;
        } finally {
            mm.unlock();
        }
    }

    /**
     * Removes all mappings, as the exit of a process. Files that no other space maps are given back at once. The
     * garbage collector frees pages and their slots of the swap.
     *
     * <p>A space with a listener reports that all of its addresses are unmapped, which ends waits if the listener is
     * that of a futex table. Accesses to words of a closed space fault. Nothing can be mapped in it any more. A space
     * that is closed already does not change.
     */
    @Override
    public void close() {
        Munmap.unmapForEver(mm);
    }

    /**
     * Swaps out the pages of a range to a temporary file.
     *
     * <p>An access to such a page swaps it in again. Pages of host files are left to the host.
     *
     * @param address the start of the range
     * @param length the length in bytes
     * @return the number of pages that were resident and have been swapped out
     * @throws java.io.UncheckedIOException if the temporary file cannot be written; the page in question stays resident
     */
    public int swapOut(long address, long length) {
        return Swap.swapOut(mm, address, length);
    }

    /**
     * Returns all mappings.
     *
     * @return a snapshot of the VMAs, in the order of their addresses
     */
    public List<Vma> vmas() {
        return List.copyOf(mm.map().overlapping(0, Addresses.USER_END));
    }

    /**
     * Returns the mapping at an address.
     *
     * @param address any address
     * @return the VMA that contains the address; null if the address is not mapped
     */
    public @Nullable Vma vmaAt(long address) {
        return mm.map().find(address);
    }

    // ---- cursors

    /**
     * Creates a cursor for fast accesses of one thread.
     *
     * @return a new cursor with 256 slots
     */
    public MemoryCursor cursor() {
        return cursor(MemoryCursor.DEFAULT_SLOTS);
    }

    /**
     * Creates a cursor for fast accesses of one thread.
     *
     * @param slots the number of pages that the cursor remembers for loads, and for writes; a power of two, at most
     *     65,536
     * @return a new cursor
     * @throws IllegalArgumentException if {@code slots} is not a power of two in that range
     */
    public MemoryCursor cursor(int slots) {
        return new MemoryCursor(this, words, slots);
    }

    // ---- futexes

    /**
     * {@inheritDoc}
     *
     * <p>An address space accepts addresses up to 2<sup>47</sup> - 4096, which is the first one of the last page. As in
     * Linux, that address passes the check although no program can map it.
     */
    @Override
    public boolean isUserAddress(long address) {
        return Addresses.isUser(address);
    }

    /**
     * {@inheritDoc}
     *
     * <p>{@link SpaceSettings#keyRule} determines the key. The rules of 2003 depend on the mapping alone. If the
     * address is not mapped or the mapping forbids the access, they fault; below a stack, they extend it. For {@link
     * KeyRule#LINUX_2_6_28} see its description.
     */
    @Override
    public FutexKey sharedKey(long address, Access access) {
        return SharedKeys.name(mm, address, requireNonNull(access, "access"));
    }

    @Override
    public void makeResident(long address) {
        PageFault.makeResident(mm, address);
    }

    @Override
    public long sharedHash(long address, Access access) {
        return lookAside.hash(address, access);
    }

    @Override
    public String toString() {
        return "address space @" + Integer.toHexString(System.identityHashCode(this));
    }
}
