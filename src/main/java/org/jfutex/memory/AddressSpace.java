package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a process: mappings of files and of anonymous memory, copied on write, forked, swapped. It is for emulators, and
 * for whoever wants futexes to behave as they do on Linux.
 *
 * <p>Pages have {@value org.jfutex.key.SharedKey#PAGE_SIZE} bytes and addresses 47 bits, of which the last page is nobody's. Addresses of mappings are multiples of the
 * page size; lengths are rounded up to it. Memory that nobody has touched costs nothing.
 *
 * <p>Wrong arguments are refused with {@link IllegalArgumentException}, and what the mappings do not permit with {@link
 * MappingException}, before anything has changed unless a method says otherwise. An access to a word or byte that is not mapped, lies
 * beyond the end of its file or is forbidden throws {@link org.jfutex.key.MemoryFaultException}.
 *
 * <p>Any number of threads may do anything at the same time. Accesses to words and look-ups of keys never wait for a change of
 * mappings elsewhere. A change of mappings happens at one moment for every word that it concerns; a write that races with a fork,
 * with the copying of its page, with a move or with a push-out happens before or after it and is never lost.
 *
 * <p>A space with a {@linkplain SpaceSettings#listener listener} reports moved and unmapped ranges by the rules of {@link
 * org.jfutex.key.MappingListener}. A call that reports waits for earlier reports, and so does a call that names an address of which a
 * report is pending. If the listener throws, the mappings have changed all the same.
 *
 * <p>A waiter holds its key, which names an address or a place in a file, and no page: pages with waiters are copied, pushed
 * out and freed like all others.
 *
 * <p><b>Memory consistency effects:</b> as for {@link WordMemory}; a change of mappings and a later access to what it changed are
 * ordered like accesses to one volatile variable.
 */
public final class AddressSpace extends PagedWords {

    private final KeyCache lookAside;

    /** An empty space with the {@link SpaceSettings#DEFAULT} settings. */
    public AddressSpace() {
        this(SpaceSettings.DEFAULT);
    }

    /**
     * An empty space.
     *
     * @param settings its settings
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
     * How this space behaves.
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
     * @param request what, how and where
     * @return the address
     * @throws MappingException if something is mapped at an address that must be free, the descriptor forbids a shared mapping
     *     to be writable, or there is no room, as beyond the user addresses
     */
    public long map(MapRequest request) {
        return Mmap.map(mm, requireNonNull(request, "request"));
    }

    /**
     * Unmaps a range; where nothing is mapped nothing happens: munmap.
     *
     * @param address the first page
     * @param length how many bytes
     */
    public void unmap(long address, long length) {
        Munmap.unmap(mm, address, length);
    }

    /**
     * Changes what a range allows: mprotect.
     *
     * @param address the first page
     * @param length how many bytes
     * @param protection what is allowed from now on
     * @throws MappingException at the first page that is not mapped or may never be written; as in Linux, the pages before it are
     *     changed
     */
    public void protect(long address, long length, Protection protection) {
        Mprotect.protect(mm, address, length, requireNonNull(protection, "protection"));
    }

    /**
     * Makes a mapping shorter or longer, moving it if it may: mremap.
     *
     * @param address the first page of a range
     * @param oldLength how long the range is; 0 to leave it and map elsewhere, once more, what a shared mapping maps from there on
     * @param newLength how long it shall be
     * @param mayMove whether it may move if it cannot grow where it is: MREMAP_MAYMOVE
     * @return where it is now
     * @throws MappingException if the first page is not mapped, or a range that shall grow does not lie within one VMA, or one of
     *     length 0 lies in private memory, or there is no room
     */
    public long remap(long address, long oldLength, long newLength, boolean mayMove) {
        return Mremap.resize(mm, address, oldLength, newLength, mayMove);
    }

    /**
     * Moves a mapping to an address, in place of whatever is mapped there: mremap with MREMAP_FIXED.
     *
     * <p>A range that keeps its length may hold several VMAs, and holes behind the first; across a hole the target stays as it is.
     *
     * @param address the first page of a range
     * @param oldLength how long the range is; 0 to leave it and map at the target, once more, what a shared mapping maps from there on
     * @param newLength how long it shall be
     * @param target where it shall be, not overlapping the range
     * @throws MappingException if the first page is not mapped, or what remains of a range that changes its length does not lie
     *     within one VMA, or one of length 0 lies in private memory or begins at the target
     */
    public void remapTo(long address, long oldLength, long newLength, long target) {
        Mremap.moveTo(mm, address, oldLength, newLength, target);
    }

    /**
     * Moves what a range holds and leaves the range mapped, as if nobody had touched it: mremap with MREMAP_DONTUNMAP. Anonymous
     * memory reads as zeroes there then, a private mapping of a file as the file; what is shared is seen at both places. Waiters stay.
     *
     * @param address the first page of a range within one VMA
     * @param length how long the range is
     * @param hint where it shall be if that is free, not overlapping the range; 0 for anywhere
     * @return where it is now
     * @throws MappingException if the range is not mapped as a whole, or there is no room
     */
    public long remapDontUnmap(long address, long length, long hint) {
        return Mremap.moveAndKeep(mm, address, length, hint);
    }

    /**
     * Moves what a range holds to an address, in place of whatever is mapped there, and leaves the range mapped: mremap with
     * MREMAP_FIXED and MREMAP_DONTUNMAP. The range may be as for {@link #remapTo}.
     *
     * @param address the first page of a range
     * @param length how long the range is
     * @param target where it shall be, not overlapping the range
     * @throws MappingException if the first page is not mapped
     */
    public void remapDontUnmapTo(long address, long length, long target) {
        Mremap.moveToAndKeep(mm, address, length, target);
    }

    /**
     * Forgets what private mappings of a range have been written: madvise with MADV_DONTNEED. Anonymous memory reads as zeroes
     * then, a private mapping of a file as the file; shared mappings keep everything.
     *
     * @param address the first page
     * @param length how many bytes
     * @throws MappingException if a part is not mapped; as in Linux, the rest has been forgotten all the same
     */
    public void adviseDontNeed(long address, long length) {
        Madvise.dontNeed(mm, address, length);
    }

    /**
     * Makes a child with the same mappings: fork. Shared mappings are shared; of private memory the child has what this space held
     * at one moment of the call, and neither sees what the other writes afterwards.
     *
     * @return the child
     */
    public AddressSpace fork() {
        mm.lock();
        try {
            AddressSpace child = new AddressSpace(mm);
            child.mm.lock(); // who cuts a file short waits until it has copied everything
            try {
                Fork.fork(mm, child.mm);
            } finally {
                child.mm.unlock();
            }
            return child;
        } finally {
            mm.unlock();
        }
    }

    /**
     * Pushes pages out to the swap, a temporary file. They come back when they are accessed. Pages of host files are left to
     * the host.
     *
     * @param address the first page
     * @param length how many bytes
     * @return how many pages were in memory and are not any more
     * @throws java.io.UncheckedIOException if the temporary file cannot be written; the pages stay where they are
     */
    public int swapOut(long address, long length) {
        return Swap.swapOut(mm, address, length);
    }

    /**
     * All mappings.
     *
     * @return the VMAs in the order of their addresses, as of now
     */
    public List<Vma> vmas() {
        return List.copyOf(mm.map().overlapping(0, Mm.USER_END));
    }

    /**
     * The mapping at an address.
     *
     * @param address any address
     * @return the VMA that holds it; null if nothing is mapped there
     */
    public @Nullable Vma vmaAt(long address) {
        return mm.map().find(address);
    }

    // ---- futexes

    /**
     * {@inheritDoc}
     *
     * <p>Here that is up to the first of the last page below 2<sup>47</sup>, a word that Linux lets pass and nobody can map.
     */
    @Override
    public boolean isUserAddress(long address) {
        return Mm.isUser(address);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The rule is {@link SpaceSettings#keyRule}. The rules of 2003 ask the mapping alone: they fault where nothing is mapped or
     * nothing may be read, and extend a stack. For {@link KeyRule#LINUX_2_6_28} see there.
     */
    @Override
    public FutexKey sharedKey(long address, Access access) {
        return SharedKeys.name(mm, address, requireNonNull(access, "access"));
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
