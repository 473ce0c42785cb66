package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.Access;
import org.jfutex.key.MappedObject;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A file that can be mapped: the inode. All mappings of a file refer to one instance, whose identity is part of their
 * keys.
 *
 * <p>{@link MemoryFile} represents tmpfs files, shared memory segments and the like; {@link HostFile} represents a file
 * of the machine that the JVM runs on.
 */
public abstract sealed class MappableFile implements MappedObject permits MemoryFile, HostFile {

    private static final long NOTHING = Long.MAX_VALUE;

    private final long seed = ThreadLocalRandom.current().nextLong();

    /** The spaces that may have private copies of pages; a truncation drops those copies. Guarded by itself. */
    private final Set<Mm> privateMappers = Collections.newSetFromMap(new WeakHashMap<>());

    /** Held during a truncation until the private copies are gone. */
    private final ReentrantLock cut = new ReentrantLock();

    /** The first page whose private copies must still be dropped; guarded by {@code cut}. */
    private long owed = NOTHING;

    MappableFile() {}

    @Override
    public final long seed() {
        return seed;
    }

    /**
     * Opens this file again.
     *
     * @param access {@link Access#READ} for O_RDONLY, {@link Access#WRITE} for O_RDWR
     * @return a new descriptor of this file
     */
    public OpenFile open(Access access) {
        requireNonNull(access, "access");
        if (!retain()) {
            throw new IllegalStateException(this + " is neither open nor mapped any more: open its path");
        }
        return new OpenFile(this, access);
    }

    /** Adds a reference. Returns false if this file has lost its last one. */
    boolean retain() {
        return true;
    }

    /** Removes a reference. With the last one, the file gives back what it has borrowed from the host. */
    void release() {}

    /** Adds a VMA that maps this file. The caller holds a reference. */
    void addMapping() {}

    /** Removes a VMA, after its page-table entries. */
    void removeMapping() {}

    /** Writes the words of this file to where the file is kept: msync and fsync. */
    public void sync() {}

    /**
     * Returns the size of this file.
     *
     * @return the size in bytes
     */
    public abstract long size();

    /**
     * Makes this file shorter or longer: ftruncate.
     *
     * <p>Afterwards, an access to a page beyond the end faults, even if a private mapping had copied that page. The
     * rest of the last page reads as zeroes. If the file grows again, the new part reads as zeroes. Waiters on words
     * beyond the end stay queued and are not woken. If memory is too short to drop private copies, the file is
     * truncated nevertheless, and the next truncation drops them first.
     *
     * @param size the new size in bytes
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public void truncate(long size) {
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " is negative");
        }
        StackGuard.checkCall(); // dropping the copies in a space checks the stack again
        cut.lock();
        try {
            dropOwedCopies();
            if (resize(size)) {
                owed = Addresses.pages(size);
                dropOwedCopies();
            }
        } finally {
            cut.unlock();
        }
    }

    private void dropOwedCopies() {
        if (owed != NOTHING) {
            dropCopiesBeyond(owed);
            owed = NOTHING; // only now: if memory runs out, the next truncation drops the rest
        }
    }

    private void dropCopiesBeyond(long page) {
        Set<Mm> done = new HashSet<>();
        for (int before = -1; before < done.size(); ) { // a fork may have copied pages that we had not dropped yet
            before = done.size();
            for (Mm mm : mappers()) {
                if (done.add(mm)) {
                    Munmap.dropCopiesBeyond(mm, this, page);
                }
            }
        }
    }

    /**
     * Turns a range into zeroes: fallocate with FALLOC_FL_PUNCH_HOLE. The size and private copies do not change. Bytes
     * of the last page beyond the end of the file, if a mapping shows them, are zeroed, too.
     *
     * @param position the first byte
     * @param length the number of bytes
     * @throws IllegalArgumentException if {@code position} is negative or {@code length} is not positive
     */
    public void punchHole(long position, long length) {
        if (position < 0 || length <= 0) {
            throw new IllegalArgumentException("cannot punch a hole of " + length + " bytes at " + position);
        }
        StackGuard.check();
        punch(position, Math.min(extent(), position > Long.MAX_VALUE - length ? Long.MAX_VALUE : position + length));
    }

    /** Returns whether this file is a SysV segment. */
    boolean isSegment() {
        return false;
    }

    /** Returns the end of the bytes that can be punched. */
    abstract long extent();

    /** Sets the size; returns whether the file became shorter. */
    abstract boolean resize(long size);

    /** Zeroes a range within the {@link #extent}; does nothing if {@code to <= from}. */
    abstract void punch(long from, long to);

    /**
     * Returns a page of this file, resident or not; null beyond the end. Until a page is punched or truncated, this
     * method returns one instance.
     */
    abstract @Nullable Page page(long index);

    /** Returns whether this file has a page. */
    boolean reaches(long index) {
        return index < Addresses.pages(size());
    }

    /** If the file has become longer, extends the bytes of a page that ended within it. */
    void lengthen(long index, Page page) {}

    /** Swaps out a range of pages; returns how many were resident. */
    int pushOut(long from, long to, SwapStore store) {
        return 0;
    }

    void addPrivateMapper(Mm mm) {
        synchronized (privateMappers) {
            privateMappers.add(mm);
        }
    }

    private List<Mm> mappers() {
        synchronized (privateMappers) {
            return new ArrayList<>(privateMappers);
        }
    }
}
