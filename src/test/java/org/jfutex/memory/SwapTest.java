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

/** Pages go out to a temporary file and come back; nothing but a page table and a file holds them. */
@Timeout(60)
class SwapTest {

    private static final long PAGE = 4096;

    private final AddressSpace space = new AddressSpace();
    private final List<FutexKey> held = new ArrayList<>(); // all that waiters would hold

    /** The memory of a page, for the collector to judge. */
    private static WeakReference<Object> memoryOf(AddressSpace space, long address) {
        return new WeakReference<>(
                requireNonNull(requireNonNull(space.mm.table.get(address)).page.bytes()));
    }

    static void collectUntil(BooleanSupplier done) {
        for (int i = 0; i < 1000 && !done.getAsBoolean(); i++) {
            System.gc();
        }
        assertTrue(done.getAsBoolean(), "still there after many collections");
    }

    @Test
    void pagesComeBackWithWhatTheyHeld() {
        long at = space.map(MapRequest.anonymous(10 * PAGE));
        for (int p = 0; p < 10; p += 2) {
            space.store(at + p * PAGE, p + 1);
            space.store(at + p * PAGE + 4092, -p);
        }
        assertEquals(5, space.swapOut(at, 10 * PAGE), "untouched pages need no place");
        assertEquals(0, space.swapOut(at, 10 * PAGE));
        assertEquals(5, space.mm.swap.used());
        for (int p = 0; p < 10; p++) {
            assertEquals(p % 2 == 0 ? p + 1 : 0, space.load(at + p * PAGE));
            assertEquals(p % 2 == 0 ? -p : 0, space.load(at + p * PAGE + 4092));
        }
        assertEquals(0, space.mm.swap.used(), "what has come back leaves its place");
    }

    @Test
    void memoryOfAPageThatIsOutIsCollectedWhileSomebodyHoldsItsKey() {
        long at = space.map(MapRequest.anonymous(PAGE));
        space.store(at, 42);
        held.add(space.sharedKey(at, Access.WRITE));
        WeakReference<Object> memory = memoryOf(space, at);
        assertEquals(1, space.swapOut(at, PAGE));
        collectUntil(() -> memory.get() == null);
        assertEquals(42, space.load(at));
    }

    @Test
    void memoryOfAFilePageThatIsOutIsCollectedWhileSomebodyHoldsItsKey() {
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
    void unmappedPageIsCollectedAndItsPlaceInTheSwapIsFree() {
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
    void pageTablesOfWhatWasUnmappedAreGone() {
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
    void pageThatParentAndChildShareGoesOutOnceAndComesBackForBoth() {
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
    void filePagesThatNobodyHasTouchedHereGoOutAsWell() {
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
    void fileThatIsCutWhileItsPagesAreOutForgetsThem() {
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
    void interruptedThreadSwapsAndKeepsItsInterrupt() {
        long at = space.map(MapRequest.anonymous(PAGE));
        space.store(at, 7);
        Thread.currentThread().interrupt();
        assertEquals(1, space.swapOut(at, PAGE));
        assertEquals(7, space.load(at));
        assertTrue(Thread.interrupted());
        assertEquals(1, space.swapOut(at, PAGE), "the store has survived the interrupt");
        assertEquals(7, space.load(at));
    }
}
