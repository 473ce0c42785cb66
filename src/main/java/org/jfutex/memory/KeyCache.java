package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.SharedKey;
import org.jspecify.annotations.Nullable;

/**
 * A software TLB: caches how the keys of a page's words are formed. A hit reads one cache line, however many VMAs
 * exist.
 */
final class KeyCache {

    /*
     * The cache is direct-mapped: each page has one slot, which holds the entry of the page of this slot that was used
     * last:
     *
     *      tag       bits 63..29   the page
     *                bits 28..1    a number that is unique among all entries of this array; the tag 0 means no entry
     *                bit 0         whether the key rule requires that the file extends to the word
     *      origin    the hash of a word minus its address
     *      file      the file to check if bit 0 is set
     *
     * Entries are written under the space's lock, which a change of mappings holds, too. The change invalidates the
     * entries of its range before it publishes the new map. So a hit agrees with the current map. Between the two steps
     * no lookup hits in the range, and the map, which is still the old one, decides.
     *
     * A reader takes no lock; each entry is a seqlock. The reader reads the tag twice. If both are equal, the values
     * that it read in between belong to that tag, since no tag is used twice:
     *
     *      writer                          reader
     *      tag = 0                         read tag
     *      origin, file = new              read origin, file
     *      tag = new                       read tag: unchanged?
     *
     * If the array is too small or its numbers are used up, a new and empty array replaces it. A reader of the old
     * array began before that, so its result was true at a moment of its call.
     */

    private static final int TAG_SHIFT = 29; // a page of a user address takes 35 bits
    private static final int NUMBERS = 1 << (TAG_SHIFT - 1);
    private static final int NEXT_NUMBER = 2;
    private static final int HAS_FILE = 1;

    private static final int FEWEST = 16;
    private static final int MOST = 1 << 18;

    private final Mm mm;
    private final int lastNumber;

    /** Replaced under the space's lock. */
    private volatile Entries places;

    KeyCache(Mm mm) {
        this(mm, NUMBERS - 1);
    }

    /** Creates a cache with fewer numbers, so that a test can use them up. */
    KeyCache(Mm mm, int numbers) {
        this.mm = mm;
        this.lastNumber = numbers * NEXT_NUMBER;
        this.places = places(FEWEST);
    }

    /** Returns an empty array. */
    private Entries places(int count) {
        return new Entries(count, !mm.keysByVma);
    }

    /** Returns the hash of a word's key. Throws the exceptions of {@link SharedKeys#name}. */
    long hash(long address, Access access) {
        Entries all = places;
        int i = all.of(address);
        long name = all.name(i);
        if (isOf(name, address)) {
            long hash = address + all.origin(i);
            if (((name & HAS_FILE) == 0 || all.isReached(i, hash)) && all.isStill(i, name)) {
                return hash;
            }
        }
        FutexKey key = SharedKeys.name(mm, address, access);
        fill(address);
        return key.hash();
    }

    /** Returns whether a tag is that of the page of an address. */
    private static boolean isOf(long name, long address) {
        return name != 0 && name >>> TAG_SHIFT == address >>> Addresses.PAGE_SHIFT;
    }

    /** Adds an entry for a page. If another thread holds the space's lock, a later lookup adds it. */
    private void fill(long address) {
        if (isPlain(mm.map().find(address)) && mm.tryLock()) {
            try {
                Vma vma = mm.map().find(address);
                if (vma != null && isPlain(vma)) {
                    fillLocked(address, vma);
                }
            } finally {
                mm.unlock();
            }
        }
    }

    /**
     * Returns whether a VMA alone determines the keys of its words, up to the end of its file, and permits all
     * accesses.
     */
    private boolean isPlain(@Nullable Vma vma) {
        return vma != null
                && vma.protection() == Protection.READ_WRITE
                && (vma.sharing() == Sharing.SHARED
                        || (vma.sharing() == Sharing.PRIVATE && (vma.file() == null || mm.keysByVma)));
    }

    private void fillLocked(long address, Vma vma) {
        if (places.isCrowded()) {
            places = places(places.count() * 2);
        } else if (places.number == lastNumber) {
            places = places(places.count());
        }
        if (vma.sharing() == Sharing.SHARED) {
            MappableFile file = requireNonNull(vma.file());
            long hash = SharedKey.hash(file, vma.pgoff() << Addresses.PAGE_SHIFT);
            places.put(address, hash - vma.start(), file);
        } else {
            places.put(address, AnonymousKey.hash(mm.space, 0), null);
        }
    }

    /** Returns the number of slots. */
    int count() {
        return places.count();
    }

    /** Returns how many entries the current array has had. */
    int numbers() {
        return places.number / NEXT_NUMBER;
    }

    /** Invalidates the entries of a range whose mappings are about to be replaced. */
    void invalidateLocked(long from, long to) {
        places.forget(from, to);
    }

    /** The array of entries. Written under the space's lock. */
    private static final class Entries {

        private static final VarHandle LONGS =
                MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

        private final long[] words; // tag and origin of each slot
        private final @Nullable MappableFile[] files; // empty if the key rule does not depend on where a file ends
        private int number; // the last number that was used; under the space's lock
        private int displaced; // how many entries have been evicted by others; under the space's lock

        Entries(int count, boolean withFiles) {
            words = new long[2 * count];
            files = new MappableFile[withFiles ? count : 0];
        }

        int count() {
            return words.length / 2;
        }

        /** Returns whether a larger array should replace this one. */
        boolean isCrowded() {
            return displaced > count() && count() < MOST;
        }

        /**
         * Returns the slot of an address. Neighbouring pages have different slots. So have, in general, pages whose
         * distance is a large power of two.
         */
        int of(long address) {
            long page = address >>> Addresses.PAGE_SHIFT;
            return (int) ((page ^ page >>> 9) << 1) & (words.length - 2);
        }

        long name(int i) {
            return (long) LONGS.getAcquire(words, i);
        }

        long origin(int i) {
            return (long) LONGS.getOpaque(words, i + 1);
        }

        /** Returns whether the file of an entry extends to the word with a certain hash. */
        boolean isReached(int i, long hash) {
            MappableFile file = files[i >> 1];
            return file != null && file.reaches((hash - SharedKey.hash(file, 0)) >>> Addresses.PAGE_SHIFT);
        }

        boolean isStill(int i, long name) {
            VarHandle.loadLoadFence();
            return (long) LONGS.getOpaque(words, i) == name;
        }

        void put(long address, long origin, @Nullable MappableFile file) {
            int i = of(address);
            if (name(i) != 0) {
                displaced++;
            }
            remove(i);
            VarHandle.storeStoreFence();
            LONGS.setOpaque(words, i + 1, origin);
            number += NEXT_NUMBER;
            long name = address >>> Addresses.PAGE_SHIFT << TAG_SHIFT | number;
            if (files.length > 0 && file != null) {
                files[i >> 1] = file;
                name |= HAS_FILE;
            }
            LONGS.setRelease(words, i, name);
        }

        private void remove(int i) {
            LONGS.setOpaque(words, i, 0L);
            if (files.length > 0) {
                files[i >> 1] = null;
            }
        }

        void forget(long from, long to) {
            if (Addresses.pages(to - from) < count()) {
                for (long page = from; page != to; page += Addresses.PAGE_SIZE) {
                    int i = of(page);
                    if (isOf(name(i), page)) {
                        remove(i);
                    }
                }
            } else {
                for (int i = 0; i < words.length; i += 2) {
                    long page = name(i) >>> TAG_SHIFT << Addresses.PAGE_SHIFT;
                    if (page >= from && page < to) {
                        remove(i);
                    }
                }
            }
        }
    }
}
