package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests of writes that race with operations on their page. No write is lost, and no write becomes visible in a wrong
 * space.
 *
 * <p>Each test fails if the step of {@link Mm}, {@link Page} or {@link PagedWords} that it covers is removed.
 */
@Timeout(120)
class SpaceRaceTest {

    private static final long PAGE = 4096;
    private static final long AT = 0x10_0000L;
    private static final long OTHER = 0x90_0000L;

    private final AddressSpace space = new AddressSpace();

    private void mapPrivate(int pages) {
        space.map(MapRequest.anonymous((long) pages * PAGE).at(AT));
    }

    @Test
    void incrementsDuringForkStayInParent() {
        mapPrivate(2);
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                2_000,
                () -> {
                    AddressSpace child = space.fork();
                    int seen = child.load(AT);
                    child.getAndAdd(AT, 1_000_000);
                    int parent = space.load(AT);
                    assertTrue(parent >= seen && parent < 1_000_000_000, "parent has " + parent + " after " + seen);
                    assertEquals(seen + 1_000_000, child.load(AT));
                },
                () -> {
                    space.getAndAdd(AT, 1);
                    done.incrementAndGet();
                });
        assertEquals(done.get(), space.load(AT));
    }

    @Test
    void childSeesConsistentParentAcrossPages() {
        int pages = 40;
        long stride = 10L * PAGE; // the pages lie in several leaves of the page table
        space.map(MapRequest.anonymous(pages * stride).at(AT));
        Race.repeat(
                1_500,
                () -> {
                    AddressSpace child = space.fork();
                    int first = child.load(AT);
                    int before = first;
                    for (int p = 1; p < pages; p++) {
                        int value = child.load(AT + p * stride);
                        assertTrue(value <= before, "page " + p + " is newer than the page before it");
                        before = value;
                    }
                    assertTrue(first - before <= 1, "a page is older than one moment of the parent");
                },
                () -> { // page by page: at each moment the first pages are one ahead of the rest
                    int next = space.load(AT + (pages - 1) * stride) + 1;
                    for (int p = 0; p < pages; p++) {
                        space.store(AT + p * stride, next);
                    }
                });
    }

    @Test
    void childSeesConsistentParentDuringFirstWrites() {
        long stride = 50L * PAGE;
        int pages = 400_000;
        space.map(MapRequest.anonymous(pages * stride).at(AT));
        AtomicInteger next = new AtomicInteger(10);
        Race.repeat(
                300,
                () -> {
                    int from = next.get() - 10;
                    AddressSpace child = space.fork();
                    boolean written = true;
                    for (int p = from; p < next.get() + 5; p++) {
                        boolean here = p < 10 || child.load(AT + p * stride) == 1;
                        assertTrue(written || !here, "page " + p + " was written before the one below it");
                        written = here;
                    }
                    space.adviseDontNeed(AT, from * stride); // limits the memory that the test uses
                },
                () -> {
                    if (next.get() < pages - 10) {
                        space.store(AT + next.get() * stride, 1);
                        next.incrementAndGet();
                    }
                });
    }

    @Test
    void concurrentFirstWritesAreBothKept() {
        AtomicLong page = new AtomicLong(AT);
        space.map(MapRequest.anonymous(40_000L * PAGE).at(AT));
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                20_000,
                () -> {
                    space.getAndAdd(page.get(), 1);
                    done.incrementAndGet();
                    page.addAndGet(PAGE);
                },
                () -> {
                    space.getAndAdd(page.get(), 1);
                    done.incrementAndGet();
                });
        int sum = 0;
        for (long p = AT; p <= page.get(); p += PAGE) {
            sum += space.load(p);
        }
        assertEquals(done.get(), sum);
    }

    @Test
    void filePageCopyIsAtomicForReaders() {
        MemoryFile file = new MemoryFile("file", PAGE);
        AddressSpace writer = new AddressSpace();
        long shared =
                writer.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared());
        AtomicInteger latest = new AtomicInteger();
        Race.repeat(
                20_000,
                () -> {
                    space.map(MapRequest.file(file.open(Access.READ), 0, PAGE).at(AT));
                    latest.set(space.load(AT));
                    space.store(AT + 64, 1);
                    int copied = space.load(AT);
                    assertTrue(copied - latest.get() >= 0, "the word went back from " + latest + " to " + copied);
                    assertEquals(copied, space.load(AT), "the word of the file is visible instead of the copy");
                },
                () -> writer.getAndAdd(shared, 1));
    }

    @Test
    void readersNeverSeeOlderValueAfterCopy() {
        MemoryFile file = new MemoryFile("file", 64 * PAGE);
        AddressSpace writer = new AddressSpace();
        long shared = writer.map(
                MapRequest.file(file.open(Access.WRITE), 0, 64 * PAGE).shared());
        AtomicLong current = new AtomicLong();
        space.map(MapRequest.file(file.open(Access.READ), 0, 64 * PAGE).at(AT));
        Race.repeat(
                1_000,
                () -> {
                    for (int p = 0; p < 64; p++) {
                        current.set((long) p * PAGE);
                        space.load(AT + p * PAGE);
                        space.store(AT + p * PAGE + 64, 1); // copies the page
                    }
                    space.adviseDontNeed(AT, 64 * PAGE);
                },
                () -> writer.getAndAdd(shared + current.get(), 1),
                () -> {
                    long p = current.get();
                    int one = space.load(AT + p);
                    int two = space.load(AT + p);
                    assertTrue(two - one >= 0, one + " then " + two);
                });
    }

    @Test
    void incrementsDuringSwapOutAreKept() {
        mapPrivate(4);
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                1_000,
                () -> {
                    for (int out = 0; out == 0; out = space.swapOut(AT, 4 * PAGE)) {
                        Thread.onSpinWait();
                    }
                },
                () -> {
                    space.getAndAdd(AT, 1);
                    space.getAndAdd(AT + PAGE, 1);
                    done.incrementAndGet();
                });
        assertEquals(done.get(), space.load(AT));
        assertEquals(done.get(), space.load(AT + PAGE));
    }

    @Test
    void incrementsDuringMovesAreKept() {
        mapPrivate(2);
        AtomicInteger done = new AtomicInteger();
        AtomicLong home = new AtomicLong(AT);
        Race.repeat(
                5_000,
                () -> {
                    long from = home.get();
                    long to = AT + OTHER - from;
                    space.remapTo(from, 2 * PAGE, 2 * PAGE, to);
                    home.set(to);
                    int one = space.load(to);
                    for (int i = 0; i < 20 && to == OTHER; i++) {
                        assertEquals(one, space.load(to), "a thread still writes at the old address");
                    }
                    done.addAndGet(tryIncrement(to));
                },
                () -> done.addAndGet(tryIncrement(AT)),
                () -> tryLoad(OTHER));
        assertEquals(done.get(), space.load(home.get()));
    }

    @Test
    void incrementsDuringDontUnmapMovesAreKept() {
        mapPrivate(2);
        AtomicInteger done = new AtomicInteger();
        AtomicInteger moved = new AtomicInteger();
        Race.repeat(
                5_000,
                () -> {
                    space.remapDontUnmapTo(AT, 2 * PAGE, OTHER);
                    moved.addAndGet(space.load(OTHER));
                },
                () -> done.addAndGet(tryIncrement(AT)),
                () -> done.addAndGet(tryIncrement(AT)));
        assertEquals(done.get(), moved.get() + space.load(AT));
    }

    @Test
    void moveOverMappingNeverFaults() {
        int pages = 40;
        space.map(MapRequest.anonymous(pages * PAGE).at(OTHER));
        AtomicInteger last = new AtomicInteger();
        Race.repeat(
                2_000,
                () -> {
                    mapPrivate(pages);
                    int next = last.get() + 1;
                    for (int p = 0; p < pages; p++) {
                        space.store(AT + p * PAGE, next);
                    }
                    last.set(next);
                    space.remapTo(AT, pages * PAGE, pages * PAGE, OTHER);
                    assertEquals(next, space.load(OTHER));
                },
                () -> {
                    int before = last.get() - 1;
                    int seen = space.load(OTHER);
                    assertTrue(seen >= before, "an older word than " + before + ": " + seen);
                },
                () -> space.sharedKey(OTHER + PAGE, Access.READ));
    }

    private int tryIncrement(long address) {
        try {
            space.getAndAdd(address, 1);
            return 1;
        } catch (MemoryFaultException e) {
            return 0;
        }
    }

    private void tryLoad(long address) {
        try {
            space.load(address);
        } catch (MemoryFaultException e) {
            // not mapped at the moment
        }
    }
}
