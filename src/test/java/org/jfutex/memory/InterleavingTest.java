package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.StallingPage.Beside;
import org.jfutex.memory.StallingPage.Place;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that force interleavings which are too rare in races. */
@Timeout(60)
class InterleavingTest {

    private static final int PAGE = 4096;
    private static final long AT = 0x10_0000L;
    private static final long OTHER = 0x90_0000L;

    private final AddressSpace space = new AddressSpace();
    private final List<AddressSpace> children = new ArrayList<>();
    private final List<Beside> ends = new ArrayList<>();

    InterleavingTest() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
    }

    /** A change of a page of private memory, and whether a later access faults. */
    enum Change {
        FORBID_WRITING(test -> test.space.protect(AT, PAGE, Protection.READ), true, false),
        FORBID_ALL(test -> test.space.protect(AT, PAGE, Protection.NONE), true, true),
        UNMAP(test -> test.space.unmap(AT, PAGE), true, true),
        MAP_OVER(test -> test.space.map(MapRequest.anonymous(PAGE).at(AT)), false, false),
        MOVE(test -> test.space.remapTo(AT, PAGE, PAGE, OTHER), true, true),
        MOVE_AND_KEEP(test -> test.space.remapDontUnmapTo(AT, PAGE, OTHER), false, false),
        DONT_NEED(test -> test.space.adviseDontNeed(AT, PAGE), false, false),
        FORK(test -> test.children.add(test.space.fork()), false, false),
        SWAP_OUT(test -> test.space.swapOut(AT, PAGE), false, false);

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        final Consumer<InterleavingTest> action;

        final boolean writeFaults;
        final boolean readFaults;

        Change(Consumer<InterleavingTest> action, boolean writeFaults, boolean readFaults) {
            this.action = action;
            this.writeFaults = writeFaults;
            this.readFaults = readFaults;
        }

        /** Returns whether earlier writes are no longer readable. */
        boolean forgets() {
            return this == MAP_OVER || this == MOVE_AND_KEEP || this == DONT_NEED;
        }
    }

    private void stallAt(Place place, Runnable action) {
        StallingPage.put(space, AT, Pte.WRITE, place, action);
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void writeStartedBeforeChangeHappensAfterIt(Change change) {
        writesAfter(change, () -> space.store(AT, 1));
    }

    private void writesAfter(Change change, Runnable write) {
        stallAt(Place.ENTERING, () -> change.action.accept(this));
        if (change.writeFaults) {
            assertThrows(MemoryFaultException.class, write::run);
        } else {
            write.run();
            assertEquals(1, space.load(AT));
        }
        children.forEach(child -> assertEquals(0, child.load(AT), "the write reached the child"));
        if (change == Change.MOVE || change == Change.MOVE_AND_KEEP) {
            assertEquals(0, space.load(OTHER), "the write reached the page at its new address");
        }
        if (change == Change.FORBID_WRITING) {
            assertEquals(0, space.load(AT), "the write happened despite the protection");
        }
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void changeWaitsForWriteInProgress(Change change) {
        writesBefore(change, () -> space.store(AT, 1));
    }

    private void writesBefore(Change change, Runnable write) {
        stallAt(Place.WITHIN, () -> ends.add(Beside.thatWaits(() -> change.action.accept(this))));
        write.run();
        ends.forEach(Beside::end);
        children.forEach(child -> assertEquals(1, child.load(AT), "the child does not have the write"));
        if (change == Change.MOVE || change == Change.MOVE_AND_KEEP) {
            assertEquals(1, space.load(OTHER));
        }
        if (!change.readFaults) {
            assertEquals(change.forgets() ? 0 : 1, space.load(AT));
        }
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void loadWithOldEntryDetectsChange(Change change) {
        loadsAfter(change, Place.READING, () -> space.load(AT));
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void loadWithOldBytesDetectsChange(Change change) {
        loadsAfter(change, Place.HOLDING, () -> space.load(AT));
    }

    private void loadsAfter(Change change, Place place, LongSupplier load) {
        stallAt(place, () -> {
            space.store(AT, 1);
            change.action.accept(this);
        });
        if (change.readFaults) {
            assertThrows(MemoryFaultException.class, load::getAsLong);
        } else {
            assertEquals(change.forgets() ? 0 : 1, load.getAsLong());
        }
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void cursorsWriteStartedBeforeChange_happensAfterIt(Change change) {
        MemoryCursor cursor = space.cursor();
        writesAfter(change, () -> cursor.store(AT, WordSize.U32, 1));
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void change_waitsForCursorsWriteInProgress(Change change) {
        MemoryCursor cursor = space.cursor();
        writesBefore(change, () -> cursor.store(AT, WordSize.U32, 1));
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void cursorsLoadWithOldBytes_detectsChange(Change change) {
        MemoryCursor cursor = space.cursor();
        loadsAfter(change, Place.HOLDING, () -> cursor.load(AT, WordSize.U32));
    }

    @Test
    void filePageWriteWaitsForCopyInAnotherSpace() {
        MemoryFile file = new MemoryFile("file", PAGE);
        AddressSpace writer = new AddressSpace();
        MapRequest request = MapRequest.file(file.open(Access.WRITE), 0, PAGE).at(AT);
        writer.map(request.shared());
        space.map(request);
        StallingPage page =
                StallingPage.ofFile(Place.COPIED, () -> ends.add(Beside.thatWaits(() -> writer.store(AT, 7))));
        writer.mm.putLocked(AT, new Pte(page, Pte.WRITE));
        space.mm.putLocked(AT, new Pte(page, Pte.READ));
        space.store(AT + 8, 1);
        assertEquals(0, space.load(AT), "the copy was made before the write");
        ends.forEach(Beside::end);
        assertEquals(7, writer.load(AT));
        assertEquals(0, space.load(AT));
    }

    @Test
    void blockedWriterContinuesAfterFork() {
        space.map(MapRequest.anonymous(PAGE).at(OTHER));
        space.store(OTHER, 0);
        stallAt(
                Place.FORKING,
                () -> ends.add(Beside.thatWaits(() -> {
                    space.store(AT, 1); // the fork has processed this page already
                    space.store(OTHER, 1); // and will process this one later
                })));
        AddressSpace child = space.fork();
        ends.forEach(Beside::end);
        assertEquals(0, child.load(AT));
        assertEquals(0, child.load(OTHER), "the child has the later write without the earlier one");
        assertEquals(1, space.load(AT));
        assertEquals(1, space.load(OTHER));
    }

    @Test
    void firstWriteWaitsForFork() {
        space.map(MapRequest.anonymous(PAGE).at(OTHER));
        stallAt(Place.FORKING, () -> ends.add(Beside.thatWaits(() -> space.store(OTHER, 1))));
        AddressSpace child = space.fork();
        ends.forEach(Beside::end);
        assertEquals(0, child.load(OTHER));
        assertEquals(1, space.load(OTHER));
    }

    /** The file knows the child before the child has its copies. A truncation may process either space first. */
    @Test
    void truncationDuringForkDropsChildsCopies() {
        MemoryFile file = new MemoryFile("file", 0);
        for (int round = 0; round < 50; round++) {
            file.truncate(PAGE);
            AddressSpace parent = new AddressSpace();
            parent.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).at(AT));
            StallingPage.put(
                    parent, AT, Pte.WRITE, Place.FORKING, () -> ends.add(Beside.thatWaits(() -> file.truncate(0))));
            AddressSpace child = parent.fork();
            ends.forEach(Beside::end);
            ends.clear();
            assertThrows(MemoryFaultException.class, () -> parent.load(AT));
            assertThrows(MemoryFaultException.class, () -> child.load(AT), "round " + round);
        }
    }

    @Test
    void unmapWaitsForFaultInProgress() {
        StallingPage.put(
                space, AT, Pte.READ, Place.FAULTING, () -> ends.add(Beside.thatWaits(() -> space.unmap(AT, PAGE))));
        try {
            space.store(AT, 1);
        } catch (MemoryFaultException e) {
            assertEquals(AT, e.address()); // the unmap came between the fault and the write
        }
        ends.forEach(Beside::end);
        assertNull(space.mm.table.get(AT), "the fault left an entry in an unmapped range");
        space.map(MapRequest.anonymous(PAGE).at(AT));
        assertEquals(0, space.load(AT));
    }

    @Test
    void loadDoesNotWaitForFork() {
        space.map(MapRequest.anonymous(PAGE).at(OTHER));
        space.store(OTHER, 5);
        int[] seen = new int[1];
        stallAt(Place.FORKING, () -> seen[0] = space.load(OTHER) + space.load(AT));
        children.add(space.fork());
        assertEquals(5, seen[0]);
    }

    @Test
    void lookupsAndAccessesElsewhereDoNotWaitForChange() {
        space.map(MapRequest.anonymous(PAGE).at(OTHER));
        stallAt(Place.WITHIN, () -> {
            Beside unmap = Beside.thatWaits(() -> space.unmap(AT, PAGE));
            space.sharedKey(AT, Access.READ); // the change has not been published
            space.sharedKey(OTHER, Access.READ);
            space.store(OTHER, 1); // even the first access does not wait
            assertEquals(1, space.load(OTHER));
            ends.add(unmap);
        });
        space.store(AT, 1);
        ends.forEach(Beside::end);
        assertEquals(1, space.vmas().size());
        assertSame(space.vmas().get(0), space.vmaAt(OTHER));
    }
}
