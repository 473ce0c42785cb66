package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that the cache of keys never contradicts the mappings. */
@Timeout(120)
class KeyCacheTest {

    private static final int PAGE = 4096;
    private static final long AT = 0x7f00_0000_0000L;
    private static final int MANY = 5_000;

    private static AddressSpace space(KeyRule rule) {
        return new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(rule));
    }

    private static MapRequest shared(MemoryFile file, long page, long pages) {
        return MapRequest.file(file.open(Access.WRITE), page, pages * PAGE).shared();
    }

    private static long hash(AddressSpace space, long page) {
        return space.sharedHash(AT + page * PAGE + 8, Access.WRITE);
    }

    private static long hash(MemoryFile file, long page) {
        return SharedKey.at(file, page * PAGE + 8).hash();
    }

    /** Looks up each key twice: the first lookup fills the cache, so only the second one can return a stale entry. */
    private static void assertKeys(AddressSpace space, MemoryFile file, long from, long to) {
        for (int i = 0; i < 2; i++) {
            for (long page = from; page < to; page++) {
                assertEquals(hash(file, page), hash(space, page), "page " + page);
            }
        }
    }

    private static void assertUnmapped(AddressSpace space, long from, long to) {
        for (long page = from; page < to; page++) {
            long gone = page;
            assertThrows(MemoryFaultException.class, () -> hash(space, gone), "page " + page);
        }
    }

    @ParameterizedTest
    @EnumSource(KeyRule.class)
    void unmapInvalidatesOnlyEntriesOfItsRange(KeyRule rule) {
        AddressSpace space = space(rule);
        MemoryFile file = new MemoryFile("file", MANY * PAGE);
        space.map(shared(file, 0, MANY).at(AT));
        assertKeys(space, file, 0, MANY);

        space.unmap(AT + 7 * PAGE, 3 * PAGE); // fewer pages than slots
        assertUnmapped(space, 7, 10);
        assertKeys(space, file, 0, 7);
        assertKeys(space, file, 10, MANY);

        space.unmap(AT + 10 * PAGE, (MANY - 20L) * PAGE);
        assertUnmapped(space, 7, MANY - 10);
        assertKeys(space, file, MANY - 10, MANY);

        space.unmap(AT, MANY * PAGE); // more pages than are mapped
        assertUnmapped(space, 0, MANY);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 16, 512, 1 << 18, 1 << 22})
    void pagesOfOneSlotAreDistinguished(long apart) {
        AddressSpace space = new AddressSpace();
        MemoryFile file = new MemoryFile("file", 9L * PAGE);
        for (int i = 0; i < 9; i++) {
            space.map(shared(file, i, 1).at(AT + i * apart * PAGE));
        }
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 9; i++) {
                assertEquals(hash(file, i), hash(space, i * apart));
            }
        }
    }

    @Test
    void firstAndLastPageHaveKeys() {
        AddressSpace space = new AddressSpace();
        MemoryFile file = new MemoryFile("file", 2L * PAGE);
        long last = Addresses.USER_END - PAGE;
        space.map(shared(file, 1, 1).at(last));
        for (int i = 0; i < 3; i++) {
            for (long beyond :
                    new long[] {8, Addresses.USER_END + 8, -PAGE + 8, last + Addresses.USER_END + 8, last + 8 | 1L << 63
                    }) {
                assertThrows(MemoryFaultException.class, () -> space.sharedHash(beyond, Access.WRITE));
            }
            assertEquals(hash(file, 1), space.sharedHash(last + 8, Access.WRITE));
        }
    }

    @Test
    void newArrayIsCreatedWhenNumbersAreUsedUp() {
        AddressSpace space = new AddressSpace();
        MemoryFile file = new MemoryFile("file", MANY * PAGE);
        space.map(shared(file, 0, MANY).at(AT));
        KeyCache few = new KeyCache(space.mm, 5);
        for (int page = 0; page < MANY; page++) {
            for (int i = 0; i < 3; i++) {
                assertEquals(hash(file, page), few.hash(AT + (long) page * PAGE + 8, Access.WRITE));
                assertTrue(few.numbers() <= 5, "a number was used twice");
            }
        }
    }

    @Test
    void readOnlyPageFaultsOnEveryWriteLookup() {
        AddressSpace space = new AddressSpace();
        MemoryFile file = new MemoryFile("file", PAGE);
        space.map(shared(file, 0, 1).protection(Protection.READ).at(AT));
        for (int i = 0; i < 2; i++) {
            assertEquals(hash(file, 0), space.sharedHash(AT + 8, Access.READ));
            assertUnmapped(space, 0, 1);
        }
    }

    @Test
    void cacheGrowsUntilAllUsedPagesFit() {
        AddressSpace space = new AddressSpace();
        MemoryFile file = new MemoryFile("file", MANY * PAGE);
        space.map(shared(file, 0, MANY).at(AT));
        for (int i = 0; i < 20; i++) {
            assertKeys(space, file, 0, MANY);
        }
        int learnt = space.mm.keyCache.numbers();
        assertKeys(space, file, 0, MANY);
        assertEquals(learnt, space.mm.keyCache.numbers(), "a page was evicted");
        assertEquals(8192, space.mm.keyCache.count());
    }

    @Test
    void wordBeyondEndOfTruncatedFileFaults() {
        AddressSpace space = space(KeyRule.LINUX_2_6_28);
        MemoryFile file = new MemoryFile("file", 3L * PAGE);
        space.map(shared(file, 1, 2).at(AT));
        for (int i = 0; i < 3; i++) {
            assertEquals(hash(file, 2), hash(space, 1));
            file.truncate(2L * PAGE);
            assertThrows(MemoryFaultException.class, () -> hash(space, 1));
            assertEquals(hash(file, 1), hash(space, 0));
            file.truncate(3L * PAGE);
        }
    }

    @ParameterizedTest
    @EnumSource(KeyRule.class)
    void unmappedFileCanBeCollected(KeyRule rule) {
        AddressSpace space = space(rule);
        WeakReference<MemoryFile> gone = mapAndUnmap(space);
        SwapTest.collectUntil(() -> gone.get() == null);
        assertUnmapped(space, 0, 1);
    }

    private static WeakReference<MemoryFile> mapAndUnmap(AddressSpace space) {
        MemoryFile file = new MemoryFile("file", PAGE);
        space.map(shared(file, 0, 1).at(AT));
        assertKeys(space, file, 0, 1);
        space.unmap(AT, PAGE);
        return new WeakReference<>(file);
    }

    /** Two files are mapped alternately, over one page and over another page of its slot. */
    @ParameterizedTest
    @EnumSource(KeyRule.class)
    void lookupReturnsKeyValidDuringTheCall(KeyRule rule) {
        AddressSpace space = space(rule);
        MemoryFile file = new MemoryFile("file", PAGE * 200_000L);
        AtomicLong mapped = new AtomicLong(); // the page of the file that is mapped, or is about to be
        space.map(shared(file, 0, 1).at(AT));
        long neighbour = 1L << 38;
        space.map(shared(file, 199_999, 1).at(AT + neighbour));
        long origin = hash(file, 0);
        Race.Step reader = () -> {
            long before = mapped.get();
            long page = hash(space, 0) - origin;
            long after = mapped.get();
            assertEquals(0, page % PAGE, "no page has this key");
            assertTrue(
                    before - 1 <= page / PAGE && page / PAGE <= after,
                    () -> "page " + page / PAGE + " was found while " + before + " to " + after + " were mapped");
            assertEquals(199_999L * PAGE, hash(space, neighbour / PAGE) - origin);
        };
        Race.repeat(
                100_000,
                () -> {
                    long page = mapped.incrementAndGet();
                    space.map(shared(file, page, 1).at(AT));
                    assertEquals(page * PAGE, hash(space, 0) - origin, "the key before the change");
                },
                reader,
                reader);
    }
}
