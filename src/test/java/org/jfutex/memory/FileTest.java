package org.jfutex.memory;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.memory.MappingException.Reason;
import org.junit.jupiter.api.Test;

/** Tests of files in memory: identity, descriptors, truncation, holes. */
class FileTest {

    private static final int PAGE = 4096;

    private final AddressSpace space = new AddressSpace();
    private final AddressSpace other = new AddressSpace();

    private static MapRequest shared(OpenFile file) {
        return MapRequest.file(file, 0, 4 * PAGE).shared();
    }

    private static FutexKey key(AddressSpace where, long address) {
        return where.sharedKey(address, Access.READ);
    }

    @Test
    void identityBelongsToInodeNotNameOrDescriptor() throws Exception {
        Tmpfs shm = new Tmpfs();
        OpenFile one = shm.create("/one");
        one.file().truncate(4 * PAGE);
        shm.link("/one", "/two");
        long first = space.map(shared(one));
        long second = other.map(shared(shm.open("/two", Access.WRITE)));
        shm.unlink("/one");
        shm.unlink("/two");
        one.close();
        space.store(first + PAGE + 4, 9);
        assertEquals(9, other.load(second + PAGE + 4));
        assertEquals(key(space, first + PAGE + 4), key(other, second + PAGE + 4));
        assertEquals(new SharedKey(one.file(), 1, 4), key(space, first + PAGE + 4));

        OpenFile again = shm.create("/one");
        assertNotSame(one.file(), again.file(), "a name that is created again refers to another file");
    }

    @Test
    void takenOrMissingNamesAreRejected() throws Exception {
        Tmpfs shm = new Tmpfs();
        shm.create("/taken");
        assertThrows(FileAlreadyExistsException.class, () -> shm.create("/taken"));
        assertThrows(FileAlreadyExistsException.class, () -> shm.link("/taken", "/taken"));
        assertThrows(NoSuchFileException.class, () -> shm.open("/missing", Access.READ));
        assertThrows(NoSuchFileException.class, () -> shm.unlink("/missing"));
        assertThrows(NoSuchFileException.class, () -> shm.link("/missing", "/x"));
        assertSame(
                shm.open("/taken", Access.READ).file(),
                shm.open("/taken", Access.WRITE).file());
    }

    @Test
    void closedDescriptorCannotBeMapped() {
        OpenFile file = new MemoryFile("file", PAGE).open(Access.WRITE);
        long at = space.map(shared(file));
        file.close();
        assertThrows(IllegalArgumentException.class, () -> space.map(shared(file)));
        space.store(at, 1);
    }

    @Test
    void readOnlySharedMappingSeesWritesAndStaysReadOnly() {
        MemoryFile file = new MemoryFile("file", 4 * PAGE);
        MapRequest readOnly = shared(file.open(Access.READ));
        MappingException refused = assertThrows(MappingException.class, () -> space.map(readOnly));
        assertEquals(Reason.READ_ONLY, refused.reason());
        assertTrue(space.vmas().isEmpty());

        long at = space.map(readOnly.protection(Protection.READ));
        long writable = other.map(shared(file.open(Access.WRITE)));
        other.store(writable, 3);
        assertEquals(3, space.load(at));
        assertThrows(MemoryFaultException.class, () -> space.store(at, 4));
        MappingException protect =
                assertThrows(MappingException.class, () -> space.protect(at, PAGE, Protection.READ_WRITE));
        assertEquals(Reason.READ_ONLY, protect.reason());
        space.protect(at, PAGE, Protection.NONE);
        space.protect(at, PAGE, Protection.READ);
        assertEquals(3, space.load(at));
    }

    @Test
    void privateMappingOfReadOnlyDescriptorIsWritable() {
        MemoryFile file = new MemoryFile("file", 4 * PAGE);
        long at = space.map(MapRequest.file(file.open(Access.READ), 0, PAGE));
        long writable = other.map(shared(file.open(Access.WRITE)));
        other.store(writable, 3);
        assertEquals(3, space.load(at), "not copied yet");
        space.store(at + 4, 1);
        other.store(writable, 4);
        assertEquals(3, space.load(at), "copied");
        assertEquals(0, other.load(writable + 4));
    }

    @Test
    void segmentCanBeAttachedTwiceAndReadOnly() {
        MemoryFile segment = new MemoryFile("segment 42", 2 * PAGE);
        MapRequest attach =
                MapRequest.file(segment.open(Access.WRITE), 0, 2 * PAGE).shared();
        long one = space.map(attach);
        long two = space.map(attach);
        long three = other.map(
                MapRequest.file(segment.open(Access.READ), 0, 2 * PAGE).shared().protection(Protection.READ));
        space.getAndAdd(one + PAGE, 5);
        assertEquals(5, space.load(two + PAGE));
        assertEquals(5, other.load(three + PAGE));
        assertEquals(key(space, one), key(space, two));
        assertEquals(key(space, one), key(other, three));
        assertThrows(MemoryFaultException.class, () -> other.store(three, 1));
        assertTrue(key(space, one).toString().contains("segment 42"));
    }

    @Test
    void mappingWithOffsetShowsWordsOfFile() {
        OpenFile file = new MemoryFile("file", 4 * PAGE).open(Access.WRITE);
        long whole = space.map(shared(file));
        long part = space.map(MapRequest.file(file, 1, PAGE).shared());
        space.store(part + 8, 7);
        assertEquals(7, space.load(whole + PAGE + 8));
        assertEquals(key(space, part + 8), key(space, whole + PAGE + 8));
    }

    @Test
    void wordsAfterLastPageFault() {
        MemoryFile file = new MemoryFile("file", PAGE + 10);
        long at = space.map(shared(file.open(Access.WRITE)));
        space.store(at + PAGE + 4092, 1);
        assertEquals(1, space.load(at + PAGE + 4092));
        assertThrows(MemoryFaultException.class, () -> space.load(at + 2 * PAGE));
        assertThrows(MemoryFaultException.class, () -> space.store(at + 2 * PAGE, 1));
    }

    @Test
    void truncationAtMaximumSizeChangesNoOtherMemory() throws Exception {
        long low = space.map(MapRequest.anonymous(PAGE).at(PAGE));
        MemoryFile file = new MemoryFile("huge", Long.MAX_VALUE);
        space.map(MapRequest.file(file.open(Access.READ), 0, PAGE));
        space.store(low, 7);
        file.truncate(Long.MAX_VALUE - PAGE + 1);
        assertEquals(7, space.load(low));
    }

    @Test
    void mappingDoesNotGrowBeyondMaximumFileSize() throws Exception {
        MemoryFile file = new MemoryFile("huge", Long.MAX_VALUE);
        long last = (1L << 51) - 2;
        long at = space.map(MapRequest.file(file.open(Access.WRITE), last, PAGE).shared());
        long target = at - 16 * PAGE;
        space.map(MapRequest.anonymous(PAGE).at(target));
        assertThrows(IllegalArgumentException.class, () -> space.remap(at, PAGE, 3 * PAGE, true));
        assertThrows(IllegalArgumentException.class, () -> space.remapTo(at, PAGE, 3 * PAGE, target));
        assertEquals(0, space.load(target), "rejected before anything changed");
        assertEquals(new SharedKey(file, last, 0), key(space, at));
    }

    @Test
    void accessBeyondEndLeavesPageTableEmpty() throws Exception {
        MemoryFile file = new MemoryFile("empty", 0);
        long at = space.map(shared(file.open(Access.WRITE)));
        assertThrows(MemoryFaultException.class, () -> space.load(at));
        assertNull(space.mm.table.leaf(at));
    }

    @Test
    void remapToEqualLengthUnmapsNothing() throws Exception {
        List<Long> unmapped = new ArrayList<>();
        AddressSpace told = new AddressSpace(SpaceSettings.DEFAULT.withListener(new MappingListener() {
            @Override
            public void moved(FutexMemory memory, long from, long length, long to) {}

            @Override
            public void unmapped(FutexMemory memory, long from, long length) {
                unmapped.add(length);
            }
        }));
        long at = told.map(MapRequest.anonymous(4 * PAGE));
        told.remap(at, PAGE, PAGE, false);
        assertEquals(List.of(), unmapped);
    }

    @Test
    void truncatedFileFaultsAndIsZeroWhenExtendedAgain() {
        MemoryFile file = new MemoryFile("file", 4 * PAGE);
        long at = space.map(shared(file.open(Access.WRITE)));
        space.store(at + 8, 1);
        space.store(at + PAGE, 2);
        file.truncate(10);
        assertEquals(1 & 0xffff, space.load(at + 8) & 0xffff, "bytes 8 and 9 are still in the file");
        assertThrows(MemoryFaultException.class, () -> space.load(at + PAGE));
        FutexKey beyond = key(space, at + PAGE);
        file.truncate(2 * PAGE);
        assertEquals(0, space.load(at + PAGE));
        assertEquals(beyond, key(space, at + PAGE), "the key of a waiter has not changed");
        assertEquals(2L * PAGE, file.size());
        assertThrows(IllegalArgumentException.class, () -> file.truncate(-1));
    }

    @Test
    void truncationDropsPrivateCopies() {
        MemoryFile file = new MemoryFile("file", 2 * PAGE);
        long at = space.map(MapRequest.file(file.open(Access.READ), 0, 2 * PAGE));
        space.store(at + 4, 1);
        space.store(at + PAGE, 1);
        AddressSpace child = space.fork();
        file.truncate(PAGE);
        assertEquals(1, space.load(at + 4));
        for (AddressSpace each : new AddressSpace[] {space, child}) {
            assertThrows(MemoryFaultException.class, () -> each.load(at + PAGE));
        }
        file.truncate(2 * PAGE);
        assertEquals(0, child.load(at + PAGE));
    }

    @Test
    void holeIsZeroAndKeepsPrivateCopies() {
        MemoryFile file = new MemoryFile("file", 3 * PAGE);
        long at = space.map(shared(file.open(Access.WRITE)));
        for (int word = 0; word < 3 * PAGE; word += 4) {
            space.store(at + word, -1);
        }
        long copy = other.map(MapRequest.file(file.open(Access.READ), 0, 3 * PAGE));
        other.store(copy + PAGE, 5);
        file.punchHole(PAGE - 6, PAGE + 12);
        assertEquals(-1, space.load(at + PAGE - 12));
        assertEquals(0x0000ffff, space.load(at + PAGE - 8));
        assertEquals(0, space.load(at + PAGE));
        assertEquals(0, space.load(at + 2 * PAGE + 4 - 4));
        assertEquals(0xffff0000, space.load(at + 2 * PAGE + 4));
        assertEquals(5, other.load(copy + PAGE));
        assertEquals(3L * PAGE, file.size());
        file.punchHole(0, Long.MAX_VALUE);
        assertEquals(0, space.load(at));
        assertThrows(IllegalArgumentException.class, () -> file.punchHole(-1, 5));
        assertThrows(IllegalArgumentException.class, () -> file.punchHole(0, 0));
    }

    @Test
    void holeZeroesLastPageBeyondEndOfFile() {
        MemoryFile file = new MemoryFile("short", PAGE + 10);
        long at =
                space.map(MapRequest.file(file.open(Access.WRITE), 0, 2 * PAGE).shared());
        space.store(at + PAGE + 4, 6);
        space.store(at + PAGE + 16, 7);
        file.punchHole(PAGE + 8, 100);
        assertEquals(6, space.load(at + PAGE + 4));
        assertEquals(0, space.load(at + PAGE + 16));
        space.store(at + PAGE + 16, 7);
        file.punchHole(PAGE, PAGE);
        assertEquals(0, space.load(at + PAGE + 4));
        assertEquals(0, space.load(at + PAGE + 16));
        assertEquals(PAGE + 10, file.size());
    }

    @Test
    void holeInMaximumSizeFileKeepsFollowingBytes() {
        MemoryFile file = new MemoryFile("huge", Long.MAX_VALUE);
        long at = space.map(shared(file.open(Access.WRITE)));
        space.store(at, 6);
        space.store(at + PAGE, 7);
        file.punchHole(0, PAGE);
        assertEquals(0, space.load(at));
        assertEquals(7, space.load(at + PAGE));
    }

    @Test
    void extendedSizeIsVisibleOnlyAfterTailIsZero() {
        MemoryFile file = new MemoryFile("file", 10);
        long at = space.map(shared(file.open(Access.WRITE)));
        space.store(at + 16, 7);
        Page page = requireNonNull(file.page(0));
        assertTrue(page.enter(), "a writer enters the page");
        StallingPage.Beside longer = StallingPage.Beside.thatWaits(() -> file.truncate(PAGE));
        long seen = file.size();
        page.leave();
        longer.end();
        assertEquals(10, seen, "bytes written beyond the old end would be zeroed");
        assertEquals(PAGE, file.size());
        assertEquals(0, space.load(at + 16));
    }
}
