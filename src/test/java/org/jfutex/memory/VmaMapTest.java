package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VmaMapTest {

    private static final long PAGE = 4096;

    private final Random random = new Random(20030902);
    private final TreeMap<Long, Vma> naive = new TreeMap<>();
    private VmaMap map = VmaMap.EMPTY;

    /** Adjacent VMAs never merge, since no two are of one kind. */
    private static Vma vma(long start, long end) {
        return new Vma(start, end, Protection.READ, Sharing.SHARED, false, new MemoryFile("f", 0), 0);
    }

    private void put(long from, long to) {
        clear(from, to);
        Vma vma = vma(from, to);
        map = map.with(from, to, List.of(vma));
        naive.put(from, vma);
    }

    private void remove(long from, long to) {
        clear(from, to);
        map = map.with(from, to, List.of());
    }

    private void clear(long from, long to) {
        Map.Entry<Long, Vma> left = naive.lowerEntry(from);
        List<Vma> touched = new ArrayList<>(naive.subMap(from, to).values());
        if (left != null && left.getValue().end() > from) {
            touched.add(left.getValue());
        }
        for (Vma vma : touched) {
            naive.remove(vma.start());
            if (vma.start() < from) {
                naive.put(vma.start(), vma.clip(vma.start(), from));
            }
            if (vma.end() > to) {
                naive.put(to, vma.clip(to, vma.end()));
            }
        }
    }

    private @Nullable Vma naiveFind(long address) {
        Map.Entry<Long, Vma> floor = naive.floorEntry(address);
        return floor == null || floor.getValue().end() <= address ? null : floor.getValue();
    }

    private @Nullable Vma naiveNext(long address) {
        Vma here = naiveFind(address);
        Map.Entry<Long, Vma> above = naive.higherEntry(address);
        return here != null ? here : above == null ? null : above.getValue();
    }

    private @Nullable Vma naiveBefore(long address) {
        Map.Entry<Long, Vma> below = naive.lowerEntry(address);
        return below == null ? null : below.getValue();
    }

    private long naiveGapBelow(long limit, long length) {
        long high = limit;
        for (Vma vma : naive.descendingMap().values()) {
            if (high - vma.end() >= length) {
                return high - length;
            }
            high = Math.min(high, vma.start());
        }
        return high - Mmap.LOWEST >= length ? high - length : -1;
    }

    private void compare(long span) {
        assertEquals(new ArrayList<>(naive.values()), map.overlapping(0, Long.MAX_VALUE));
        for (int i = 0; i < 200; i++) {
            long address = random.nextLong(span) - PAGE;
            assertEquals(naiveFind(address), map.find(address));
            assertEquals(naiveNext(address), map.next(address));
            assertEquals(naiveBefore(address), map.before(address));
            long length = (1L + random.nextInt(20)) * PAGE;
            assertEquals(naiveGapBelow(span, length), map.gapBelow(span, length, Mmap.LOWEST));
        }
    }

    @Test
    void randomChangesMatchSortedTree() {
        long pages = 4000;
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 100; i++) {
                long from = (16 + random.nextLong(pages - 40)) * PAGE;
                long to = from + (1 + random.nextInt(random.nextInt(10) == 0 ? 30 : 3)) * PAGE;
                if (random.nextInt(3) > 0) {
                    put(from, to);
                } else {
                    remove(from, to);
                }
            }
            compare(pages * PAGE);
        }
        remove(0, pages * PAGE);
        compare(pages * PAGE);
    }

    @Test
    void hundredThousandVmasAreFoundAndChanged() {
        long n = 100_000;
        for (long i = 0; i < n; i++) {
            put((16L + 2 * i) * PAGE, (17L + 2 * i) * PAGE);
        }
        compare((20L + 2 * n) * PAGE);
        for (int i = 0; i < 10_000; i++) {
            long from = (16L + random.nextLong(2 * n)) * PAGE;
            if (random.nextBoolean()) {
                put(from, from + PAGE);
            } else {
                remove(from, from + PAGE);
            }
        }
        compare((20L + 2 * n) * PAGE);
        remove(0, (20L + 2 * n) * PAGE);
        assertTrue(map.overlapping(0, Long.MAX_VALUE).isEmpty());
    }

    private static int size(VmaMap map) {
        return map.overlapping(0, Long.MAX_VALUE).size();
    }

    // ---- boundaries

    private static long page(int n) {
        return (16L + n) * PAGE;
    }

    /** Returns a map with one page at each number. */
    private static VmaMap pages(int... numbers) {
        VmaMap map = VmaMap.EMPTY;
        for (int n : numbers) {
            map = map.with(page(n), page(n + 1), List.of(vma(page(n), page(n + 1))));
        }
        return map;
    }

    @Test
    void overlappingReturnsVmasWithByteInRange() {
        VmaMap map = pages(0, 1, 2, 4);
        assertEquals(1, map.overlapping(page(1), page(2)).size());
        assertEquals(List.of(), map.overlapping(page(3), page(4)));
        assertEquals(2, map.overlapping(page(2) + PAGE - 1, page(4) + 1).size());
        assertEquals(4, size(map));
        assertEquals(0, size(VmaMap.EMPTY));
    }

    @Test
    void closedRangeExcludesItsEnd() {
        VmaMap map = pages(0);
        assertFalse(map.isAnythingClosed());
        VmaMap closed = map.closed(page(2), page(4));
        assertTrue(closed.isAnythingClosed());
        assertFalse(closed.isClosed(page(2) - 1));
        assertTrue(closed.isClosed(page(2)));
        assertTrue(closed.isClosed(page(4) - 1));
        assertFalse(closed.isClosed(page(4)));
        assertFalse(closed.closed(page(2), page(2)).isAnythingClosed());
        assertFalse(closed.open().isAnythingClosed());
        assertFalse(closed.open().isClosed(0));
        assertTrue(closed.with(page(9), page(10), List.of()).isClosed(page(3)), "a change keeps the range closed");
    }

    @Test
    void exactlyFittingGapIsFound() {
        VmaMap map = pages(0, 3, 5);
        assertEquals(page(1), map.gapBelow(page(6), 2 * PAGE, page(0)));
        assertEquals(page(4), map.gapBelow(page(6), PAGE, page(0)));
        assertEquals(page(6), map.gapBelow(page(7), PAGE, page(0)));
        assertEquals(-1, map.gapBelow(page(6), 3 * PAGE, page(0)));
        assertEquals(page(-3), map.gapBelow(page(6), 3 * PAGE, page(-3)));
        assertEquals(-1, map.gapBelow(page(2), 2 * PAGE, page(0)), "the gap extends beyond the limit");
        assertEquals(page(0), VmaMap.EMPTY.gapBelow(page(1), PAGE, page(0)));
        assertEquals(-1, VmaMap.EMPTY.gapBelow(page(1), PAGE, page(1)));
    }

    @Test
    void mergingSmallChunkKeepsAllVmas() {
        for (int i = 0; i < 300; i++) {
            put(page(2 * i), page(2 * i + 1));
        }
        int last = 400;
        for (int i = 0; i < 100; i++) { // one by one, from the middle outwards
            remove(page(200 + 2 * i), page(201 + 2 * i));
            remove(page(last - 2 * i), page(last - 2 * i + 1));
            assertEquals(new ArrayList<>(naive.values()), map.overlapping(0, Long.MAX_VALUE));
            assertEquals(naive.size(), size(map));
        }
        compare(page(700));
        for (int i = 0; i < 300; i++) {
            remove(page(2 * i), page(2 * i + 1));
            assertEquals(naive.size(), size(map));
        }
        assertEquals(0, size(map));
    }

    /** After an OutOfMemoryError in the middle of a change, the map must be opened without any allocation. */
    @Test
    void openAllocatesNothing() {
        put(0, PAGE);
        assertSame(map, map.open());
        assertSame(map, map.closed(0, PAGE).open());
        assertSame(map, map.closed(0, PAGE).closed(PAGE, 2 * PAGE).open());
    }
}
