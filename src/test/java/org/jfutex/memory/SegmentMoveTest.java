package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jfutex.key.Access;
import org.jfutex.memory.MappingException.Reason;
import org.junit.jupiter.api.Test;

/** Tests moves of SysV segments, and duplicates over their source, which the recordings of kind {@code vm2} contain. */
class SegmentMoveTest {

    private static final int PAGE = 4096;
    private static final long BASE = 0x10_0000;
    private static final long TARGET = 0x80_0000;

    private final AddressSpace space = new AddressSpace();

    private void mapPageThenSegment() {
        space.map(MapRequest.anonymous(PAGE).at(BASE));
        mapSegment(BASE + PAGE);
    }

    private void mapSegment(long address) {
        OpenFile segment = MemoryFile.segment("segment", 2 * PAGE).open(Access.WRITE);
        space.map(MapRequest.file(segment, 0, 2 * PAGE).shared().at(address));
    }

    private void assertRefused(Runnable move) {
        assertEquals(
                Reason.NOT_MAPPED,
                assertThrows(MappingException.class, move::run).reason());
    }

    @Test
    void segmentAlone_moves() {
        mapSegment(BASE);
        space.remapTo(BASE, 2 * PAGE, 2 * PAGE, TARGET);
        assertNull(space.vmaAt(BASE));
        assertNotNull(space.vmaAt(TARGET + PAGE));
    }

    @Test
    void segmentBehindOthers_staysAndThoseBeforeItMove() {
        mapPageThenSegment();
        assertRefused(() -> space.remapTo(BASE, 3 * PAGE, 3 * PAGE, TARGET));
        assertNull(space.vmaAt(BASE));
        assertNotNull(space.vmaAt(TARGET));
        assertNotNull(space.vmaAt(BASE + PAGE));
        assertNull(space.vmaAt(TARGET + PAGE));
    }

    @Test
    void segmentBeforeAHole_doesNotMove() {
        mapSegment(BASE);
        assertRefused(() -> space.remapTo(BASE, 3 * PAGE, 3 * PAGE, TARGET));
        assertNotNull(space.vmaAt(BASE));
        assertNull(space.vmaAt(TARGET));
    }

    @Test
    void otherFiles_moveTogether() {
        space.map(MapRequest.anonymous(PAGE).at(BASE));
        OpenFile file = new MemoryFile("file", PAGE).open(Access.WRITE);
        space.map(MapRequest.file(file, 0, PAGE).shared().at(BASE + PAGE));
        space.remapTo(BASE, 2 * PAGE, 2 * PAGE, TARGET);
        assertNotNull(space.vmaAt(TARGET + PAGE));
    }

    @Test
    void duplicateOverItsSource_unmapsIt() {
        space.map(MapRequest.anonymous(3 * PAGE).shared().at(BASE));
        assertRefused(() -> space.remapTo(BASE, 0, 2 * PAGE, BASE));
        assertNull(space.vmaAt(BASE));
        assertNull(space.vmaAt(BASE + PAGE));
        assertNotNull(space.vmaAt(BASE + 2 * PAGE));
    }

    @Test
    void privateDuplicateOverItsSource_isRefusedAndStays() {
        space.map(MapRequest.anonymous(PAGE).at(BASE));
        MappingException refusal = assertThrows(MappingException.class, () -> space.remapTo(BASE, 0, PAGE, BASE));
        assertEquals(Reason.PRIVATE, refusal.reason());
        assertNotNull(space.vmaAt(BASE));
    }

    @Test
    void errorsOfTheAddress_precedeThoseOfTheDescriptor() {
        OpenFile readOnly = new MemoryFile("file", PAGE).open(Access.READ);
        MapRequest request = MapRequest.file(readOnly, 0, PAGE).shared();
        space.map(MapRequest.anonymous(PAGE).at(BASE));
        assertThrows(IllegalArgumentException.class, () -> space.map(request.at(BASE + 1)));
        assertEquals(Reason.ALREADY_MAPPED, refusal(request.atFree(BASE)));
        assertEquals(Reason.READ_ONLY, refusal(request.at(BASE)));
        assertEquals(Reason.READ_ONLY, refusal(request));
    }

    private Reason refusal(MapRequest request) {
        return assertThrows(MappingException.class, () -> space.map(request)).reason();
    }
}
