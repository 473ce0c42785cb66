package org.jfutex.memory;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests of swapping: pages are swapped out and in, and only page tables and files keep pages reachable. */
@Timeout(60)
class SwapTest {

    private static final long PAGE = 4096;

    private final AddressSpace space = new AddressSpace();
    private final List<FutexKey> held = new ArrayList<>(); // the only objects that waiters would keep reachable

    /** Returns a weak reference to the memory of a page. */
    private static WeakReference<Object> memoryOf(AddressSpace space, long address) {
        return new WeakReference<>(
                requireNonNull(requireNonNull(space.mm.table.get(address)).page.bytes()));
    }

    static void collectUntil(BooleanSupplier done) {
        for (int i = 0; i < 1000 && !done.getAsBoolean(); i++) {
            System.gc();
        }
        assertTrue(done.getAsBoolean(), "not collected after many collections");
    }

    @Test
    void swappedPagesKeepTheirContents() {
        long at = space.map(MapRequest.anonymous(10 * PAGE));
        for (int p = 0; p < 10; p += 2) {
            space.store(at + p * PAGE, p + 1);
            space.store(at + p * PAGE + 4092, -p);
        }
        assertEquals(5, space.swapOut(at, 10 * PAGE), "untouched pages need no slot");
        assertEquals(0, space.swapOut(at, 10 * PAGE));
        assertEquals(5, space.mm.swap.used());
        for (int p = 0; p < 10; p++) {
            assertEquals(p % 2 == 0 ? p + 1 : 0, space.load(at + p * PAGE));
            assertEquals(p % 2 == 0 ? -p : 0, space.load(at + p * PAGE + 4092));
        }
        assertEquals(0, space.mm.swap.used(), "a page that is swapped in frees its slot");
    }

    @Test
    void swappedPageIsCollectedWhileKeyIsHeld() {
        long at = space.map(MapRequest.anonymous(PAGE));
        space.store(at, 42);
        held.add(space.sharedKey(at, Access.WRITE));
        WeakReference<Object> memory = memoryOf(space, at);
        assertEquals(1, space.swapOut(at, PAGE));
        collectUntil(() -> memory.get() == null);
        assertEquals(42, space.load(at));
    }

    @Test
    void swappedFilePageIsCollectedWhileKeyIsHeld() {
        MemoryFile file = new MemoryFile("file", PAGE);
        long at = space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared());
        AddressSpace other = new AddressSpace();
        long there = other.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared());
        space.store(at, 42);
        assertEquals(42, other.load(there));
        held.add(space.sharedKey(at, Access.WRITE));
        WeakReference<Object> memory = memoryOf(other, there);
        assertEquals(1, space.swapOut(at, PAGE));
        collectUntil(() -> memory.get() == null);
        assertEquals(42, other.load(there));
    }

    @Test
    void unmappedPageIsCollectedAndItsSlotFreed() {
        long at = space.map(MapRequest.anonymous(2 * PAGE));
        space.store(at, 1);
        space.store(at + PAGE, 1);
        held.add(space.sharedKey(at, Access.WRITE));
        WeakReference<Object> memory = memoryOf(space, at);
        space.swapOut(at + PAGE, PAGE);
        assertEquals(1, space.mm.swap.used());
        space.unmap(at, 2 * PAGE);
        collectUntil(() -> memory.get() == null && space.mm.swap.used() == 0);
    }

    @Test
    void unmapRemovesPageTableLeaves() {
        long at = space.map(MapRequest.anonymous(4000L * PAGE).at(0x10_0000));
        for (int p = 0; p < 4000; p++) {
            space.store(at + (long) p * PAGE, 1);
        }
        space.unmap(at, 4000L * PAGE);
        for (int p = 0; p < 4000; p++) {
            assertNull(space.mm.table.leaf(at + (long) p * PAGE));
        }
    }

    @Test
    void pageSharedAfterForkIsSwappedOnce() {
        long at = space.map(MapRequest.anonymous(PAGE));
        space.store(at, 7);
        AddressSpace child = space.fork();
        assertEquals(1, space.swapOut(at, PAGE));
        assertEquals(0, child.swapOut(at, PAGE));
        child.store(at, 8);
        assertEquals(7, space.load(at));
        assertEquals(8, child.load(at));
    }

    @Test
    void filePagesUntouchedBySpaceAreSwappedOut() {
        MemoryFile file = new MemoryFile("file", 4 * PAGE);
        AddressSpace other = new AddressSpace();
        MapRequest request =
                MapRequest.file(file.open(Access.WRITE), 0, 4 * PAGE).shared();
        long there = other.map(request);
        long at = space.map(request);
        other.store(there + PAGE, 1);
        other.store(there + 3 * PAGE, 1);
        assertEquals(1, space.swapOut(at, 2 * PAGE));
        assertEquals(1, other.load(there + PAGE));
    }

    @Test
    void truncationDiscardsSwappedPages() {
        MemoryFile file = new MemoryFile("file", PAGE);
        long at = space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared());
        space.store(at, 1);
        space.swapOut(at, PAGE);
        file.truncate(0);
        assertEquals(0, space.mm.swap.used());
        file.truncate(PAGE);
        assertEquals(0, space.load(at));
    }

    @Test
    void interruptedThreadSwapsAndStaysInterrupted() {
        long at = space.map(MapRequest.anonymous(PAGE));
        space.store(at, 7);
        Thread.currentThread().interrupt();
        assertEquals(1, space.swapOut(at, PAGE));
        assertEquals(7, space.load(at));
        assertTrue(Thread.interrupted());
        assertEquals(1, space.swapOut(at, PAGE), "the store still works after the interrupt");
        assertEquals(7, space.load(at));
    }
}
