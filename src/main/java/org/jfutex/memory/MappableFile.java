package org.jfutex.memory;

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
 * A file that can be mapped: the inode. Its identity is what two mappings have in common, however they came to it.
 *
 * <p>{@link MemoryFile} is every kind of memory that has a file's nature, {@link HostFile} a file of the machine that the JVM
 * runs on.
 */
public abstract sealed class MappableFile implements MappedObject permits MemoryFile, HostFile {

    private static final long NOTHING = Long.MAX_VALUE;

    private final long seed = ThreadLocalRandom.current().nextLong();

    /** The spaces that may hold private copies of pages; a truncation takes those away, too. Guarded by itself. */
    private final Set<Mm> privateMappers = Collections.newSetFromMap(new WeakHashMap<>());

    /** Held by who makes it shorter or longer, until private copies are gone. */
    private final ReentrantLock cut = new ReentrantLock();

    /** The first of the pages whose private copies have still to go; guarded by {@code cut}. */
    private long owed = NOTHING;

    MappableFile() {}

    @Override
    public final long seed() {
        return seed;
    }

    /**
     * Opens this file once more.
     *
     * @param access what for; {@link Access#WRITE} is O_RDWR
     * @return a new descriptor of it
     */
    public OpenFile open(Access access) {
        return new OpenFile(this, access);
    }

    /**
     * How long this file is.
     *
     * @return the size in bytes
     */
    public abstract long size();

    /**
     * Makes this file shorter or longer: ftruncate.
     *
     * <p>Pages beyond the end fault from then on, also where a private mapping had copied them; the rest of the last page reads as
     * zeroes, and so does everything when the file grows again. Nobody who waits on a word beyond the end is woken or forgotten. If there is not enough memory to
     * take private copies away, the file is cut all the same, and the next truncation does the rest first.
     *
     * @param size the new size in bytes
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public void truncate(long size) {
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " is negative");
        }
        StackGuard.checkDeep(); // for the copies, too, that every space drops
        cut.lock();
        try {
            dropOwedCopies();
            if (resize(size)) {
                owed = Mm.pages(size);
                dropOwedCopies();
            }
        } finally {
            cut.unlock();
        }
    }

    private void dropOwedCopies() {
        if (owed != NOTHING) {
            dropCopiesBeyond(owed);
            owed = NOTHING; // not before: an error of memory leaves it to who comes next
        }
    }

    private void dropCopiesBeyond(long page) {
        Set<Mm> done = new HashSet<>();
        for (int before = -1; before < done.size(); ) { // a fork may have copied what we had not dropped yet
            before = done.size();
            for (Mm mm : mappers()) {
                if (done.add(mm)) {
                    Munmap.dropCopiesBeyond(mm, this, page);
                }
            }
        }
    }

    /**
     * Turns a range into zeroes: fallocate with FALLOC_FL_PUNCH_HOLE. The size stays, and so do private copies. What a mapping shows of the last page behind the file's
     * end is zeroed, too.
     *
     * @param position the first byte
     * @param length how many
     * @throws IllegalArgumentException if {@code position} is negative or {@code length} is not positive
     */
    public void punchHole(long position, long length) {
        if (position < 0 || length <= 0) {
            throw new IllegalArgumentException("a hole of " + length + " bytes at " + position + " is none");
        }
        StackGuard.check();
        punch(position, Math.min(extent(), position > Long.MAX_VALUE - length ? Long.MAX_VALUE : position + length));
    }

    /** How many bytes there are to be punched. */
    abstract long extent();

    /** Sets the size; true if the file became shorter. */
    abstract boolean resize(long size);

    /** Zeroes from one byte up to another, both within the {@link #extent}; nothing if {@code to <= from}. */
    abstract void punch(long from, long to);

    /** A page of this file, resident or not; null beyond the end. The same page as long as it is not punched or cut off. */
    abstract @Nullable Page page(long index);

    /** Whether this file has a page. */
    boolean reaches(long index) {
        return index < Mm.pages(size());
    }

    /** Shows more of a page whose bytes end early, if the file has become longer. */
    void lengthen(long index, Page page) {}

    /** Pushes a range of pages out; says how many were resident. */
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
