package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.SharedKey;
import org.jspecify.annotations.Nullable;

/** Remembers how the words of a page are named: a TLB, by software. A hit reads one cache line, among however many VMAs. */
final class KeyCache {

    /*
     * Each page has one place, which holds what was last learnt about a page of this place:
     *
     *      name      bits 63..29   the page
     *                bits 28..1    a number that no other entry of these places ever has; the name 0 is no entry
     *                bit 0         whether a file must reach as far as the word, since the key rule asks that
     *      origin    what the hash of a word is above its address
     *      file      that one
     *
     * Entries are written under the space's lock, which a change of mappings holds, too. It forgets the pages of its range before it
     * publishes the new map. So who hits an entry reads the map as it is; between the two steps nobody hits, and the map, which is still
     * the old one, decides.
     *
     * A reader takes no lock. It looks at the name twice, and what it has read between belongs to that name, since no name comes again:
     *
     *      writer                          reader
     *      name = 0                        read name
     *      origin, file = new              read origin, file
     *      name = new                      read name: still the same?
     *
     * When the places have become too few or the numbers have come to an end, there are new places, empty ones. A reader who still looks at the old
     * ones began before that, and finds what was true at that moment.
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

    /** With fewer numbers, so that a test may see them come to an end. */
    KeyCache(Mm mm, int numbers) {
        this.mm = mm;
        this.lastNumber = numbers * NEXT_NUMBER;
        this.places = places(FEWEST);
    }

    /** Empty ones. */
    private Entries places(int count) {
        return new Entries(count, !mm.keysByVma);
    }

    /** The hash of the name of a word; throws what asking for the name throws. */
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

    /** Whether an entry is about the page of an address. */
    private static boolean isOf(long name, long address) {
        return name != 0 && name >>> TAG_SHIFT == address >>> Mm.PAGE_SHIFT;
    }

    /** Remembers a page, unless the mappings are just changing; there will be another occasion. */
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

    /** Whether a VMA alone says how its words are named, up to the end of its file, and nothing is forbidden. */
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
            long hash = SharedKey.hash(file, vma.pgoff() << Mm.PAGE_SHIFT);
            places.put(address, hash - vma.start(), file);
        } else {
            places.put(address, AnonymousKey.hash(mm.space, 0), null);
        }
    }

    /** How many places there are. */
    int count() {
        return places.count();
    }

    /** How many entries these places have had. */
    int numbers() {
        return places.number / NEXT_NUMBER;
    }

    /** Forgets a range whose mappings are about to be replaced. */
    void invalidateLocked(long from, long to) {
        places.forget(from, to);
    }

    /** The entries. Written under the space's lock. */
    private static final class Entries {

        private static final VarHandle LONGS =
                MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

        private final long[] words; // name and origin of each
        private final @Nullable MappableFile[] files; // empty if the key rule does not ask where a file ends
        private int number; // the last one that was given, under the lock
        private int displaced; // entries that had to go for others, under the lock

        Entries(int count, boolean withFiles) {
            words = new long[2 * count];
            files = new MappableFile[withFiles ? count : 0];
        }

        int count() {
            return words.length / 2;
        }

        /** Whether more places are due. */
        boolean isCrowded() {
            return displaced > count() && count() < MOST;
        }

        /** Neighbours have different places, and so have pages that lie a large power of two apart. */
        int of(long address) {
            long page = address >>> Mm.PAGE_SHIFT;
            return (int) ((page ^ page >>> 9) << 1) & (words.length - 2);
        }

        long name(int i) {
            return (long) LONGS.getAcquire(words, i);
        }

        long origin(int i) {
            return (long) LONGS.getOpaque(words, i + 1);
        }

        /** Whether the file of an entry goes as far as the word with a hash. */
        boolean isReached(int i, long hash) {
            MappableFile file = files[i >> 1];
            return file != null && file.reaches((hash - SharedKey.hash(file, 0)) >>> Mm.PAGE_SHIFT);
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
            long name = address >>> Mm.PAGE_SHIFT << TAG_SHIFT | number;
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
            if (Mm.pages(to - from) < count()) {
                for (long page = from; page != to; page += Mm.PAGE_SIZE) {
                    int i = of(page);
                    if (isOf(name(i), page)) {
                        remove(i);
                    }
                }
            } else {
                for (int i = 0; i < words.length; i += 2) {
                    long page = name(i) >>> TAG_SHIFT << Mm.PAGE_SHIFT;
                    if (page >= from && page < to) {
                        remove(i);
                    }
                }
            }
        }
    }
}
