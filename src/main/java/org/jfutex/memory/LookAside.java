package org.jfutex.memory;

import org.jspecify.annotations.Nullable;

/** Remembers in which area an address was found: a TLB, by software. A hit costs two reads, among however many VMAs. */
final class LookAside {

    /*
     * Each page has one place in an array, which holds the area that was last found for a page of this place. It is written without any
     * order, since every entry proves itself: an area knows its range, and whether its VMA is still mapped.
     *
     * A change of mappings ends the areas that it replaces and then publishes the new map. So who hits an area that has not ended reads
     * the map as it is; between the two steps nobody hits, and the map, which is still the old one, decides. An area that has ended holds
     * no VMA, so what is left of it here keeps no file alive.
     */

    private static final int SMALLEST = 64;
    private static final int LARGEST = 1 << 18;
    private static final int PLACES_A_VMA = 4;

    private Area[] entries = new Area[SMALLEST]; // replaced by a larger one, at any time

    /** The area that was last found here, if any; whether it holds the address and is still mapped, the caller asks it. */
    @Nullable
    Area get(long address) {
        Area[] all = entries;
        return all[place(address) & (all.length - 1)];
    }

    void put(long address, Area area) {
        Area[] all = entries;
        all[place(address) & (all.length - 1)] = area;
    }

    /** Makes room for so many VMAs. Nothing is carried over; it is soon found again. */
    void fit(int vmas) {
        int length = entries.length;
        while (length < LARGEST && length < vmas * PLACES_A_VMA) {
            length *= 2;
        }
        if (length > entries.length) {
            entries = new Area[length];
        }
    }

    /** Neighbours have different places, and so have pages that lie a large power of two apart. */
    private static int place(long address) {
        long page = address >>> Mm.PAGE_SHIFT;
        return (int) (page ^ page >>> 18);
    }
}
