package org.jfutex.memory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.MappingException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class AddressSpaceTest {

    private static final int PAGE = 4096;
    private static final long AT = 0x10_0000L;

    private final AddressSpace space = new AddressSpace();

    private long mapAt(long address, int pages) {
        return space.map(MapRequest.anonymous((long) pages * PAGE).at(address));
    }

    private String layout() {
        StringBuilder layout = new StringBuilder();
        for (Vma vma : space.vmas()) {
            layout.append(vma.start() / PAGE - AT / PAGE)
                    .append('-')
                    .append(vma.end() / PAGE - AT / PAGE)
                    .append(
                            vma.protection().writable()
                                    ? "w "
                                    : vma.protection().readable() ? "r " : "n ");
        }
        return layout.toString().trim();
    }

    private static MappingException refused(Reason reason, Executable code) {
        MappingException e = assertThrows(MappingException.class, code);
        assertEquals(reason, e.reason());
        return e;
    }

    // ---- map

    @Test
    void remap_atLastUserAddress_rejectsGrowth() {
        long last = (1L << 47) - 8192;
        var space = new AddressSpace();
        assertEquals(last, space.map(MapRequest.anonymous(4096).at(last)));
        var refused = assertThrows(MappingException.class, () -> space.remap(last, 4096, 8192, false));
        assertEquals(MappingException.Reason.NO_ROOM, refused.reason());
        assertEquals(1, space.vmas().size());
        assertEquals((1L << 47) - 4096, space.vmas().get(0).end());
    }

    /** Linux 6.18: no program can map the last page below 2^47. mmap, mprotect and madvise fail with ENOMEM there. */
    @Test
    void changes_beyondUserAddresses_areRejected() {
        long end = (1L << 47) - PAGE;
        mapAt(end - PAGE, 1);
        for (Executable beyond : List.<Executable>of(
                () -> space.map(MapRequest.anonymous(PAGE).at(end)),
                () -> space.map(MapRequest.anonymous(2 * PAGE).at(end - PAGE)),
                () -> space.map(MapRequest.anonymous(PAGE).at(end + 1)),
                () -> space.map(MapRequest.anonymous(PAGE).at(1L << 47)),
                () -> space.map(MapRequest.anonymous(PAGE).at(-PAGE)),
                () -> space.map(MapRequest.anonymous(PAGE).atFree(end)),
                () -> space.map(MapRequest.anonymous(1L << 47)),
                () -> space.map(MapRequest.anonymous(Long.MAX_VALUE)))) {
            refused(Reason.NO_ROOM, beyond);
        }
        assertTrue(space.map(MapRequest.anonymous(PAGE).near(end)) < end - PAGE);
        for (long beyond : new long[] {end, 1L << 47, Long.MIN_VALUE}) {
            refused(Reason.NOT_MAPPED, () -> space.protect(beyond, PAGE, Protection.READ));
            refused(Reason.NOT_MAPPED, () -> space.adviseDontNeed(beyond, PAGE));
            assertThrows(IllegalArgumentException.class, () -> space.unmap(beyond, PAGE));
            space.protect(beyond, 0, Protection.READ);
            space.adviseDontNeed(beyond, 0);
        }
        space.store(end - PAGE, 1);
        refused(Reason.NOT_MAPPED, () -> space.adviseDontNeed(end - PAGE, Long.MAX_VALUE - PAGE));
        assertEquals(0, space.load(end - PAGE));
        refused(Reason.NOT_MAPPED, () -> space.protect(end - PAGE, 2 * PAGE, Protection.READ));
        assertEquals(Protection.READ, requireNonNull(space.vmaAt(end - PAGE)).protection());
        assertThrows(IllegalArgumentException.class, () -> space.unmap(end - PAGE, 2 * PAGE));
        assertThrows(IllegalArgumentException.class, () -> space.adviseDontNeed(-PAGE, PAGE));
    }

    @Test
    void anonymousMemoryIsZeroUntilWritten() {
        long at = space.map(MapRequest.anonymous(2 * PAGE));
        assertEquals(0, space.load(at));
        space.store(at, 7);
        assertEquals(7, space.load(at));
        MemoryFaultException fault = assertThrows(MemoryFaultException.class, () -> space.load(at + 2 * PAGE));
        assertEquals(at + 2 * PAGE, fault.address());
        assertEquals(Access.READ, fault.access());
    }

    @Test
    void chosenAddressesAreFreeAndDescend() {
        long one = space.map(MapRequest.anonymous(1));
        long two = space.map(MapRequest.anonymous(PAGE + 1));
        assertEquals(one - 2 * PAGE, two);
        assertEquals(1, space.vmas().size(), "adjacent mappings of one kind are one VMA");
        space.unmap(one, PAGE);
        assertEquals(one, space.map(MapRequest.anonymous(PAGE)), "the highest gap is used first");
    }

    @Test
    void hintIsRoundedDownAndUsedIfFree() {
        assertEquals(AT + PAGE, space.map(MapRequest.anonymous(PAGE).near(AT + PAGE + 1)));
        long elsewhere = space.map(MapRequest.anonymous(PAGE).near(AT + PAGE));
        assertTrue(elsewhere > AT + 2 * PAGE);
        assertEquals(0x10000, space.map(MapRequest.anonymous(PAGE).near(PAGE)), "mmap_min_addr");
        assertTrue(space.map(MapRequest.anonymous(PAGE).near(PAGE)) > AT);
        assertTrue(space.map(MapRequest.anonymous(PAGE).near(PAGE - 1)) > AT, "no hint");
        assertTrue(space.map(MapRequest.anonymous(PAGE).near(0)) > AT, "page 0 is never chosen");
        assertTrue(space.map(MapRequest.anonymous(PAGE).near(-1)) > AT);
    }

    @Test
    void fixedMappingReplacesExistingMapping() {
        mapAt(AT, 3);
        space.store(AT + PAGE, 1);
        space.store(AT + 2 * PAGE, 2);
        space.map(MapRequest.anonymous(PAGE).protection(Protection.READ).at(AT + PAGE));
        assertEquals(0, space.load(AT + PAGE));
        assertEquals(2, space.load(AT + 2 * PAGE));
        assertEquals("0-1w 1-2r 2-3w", layout());
    }

    @Test
    void fixedNoReplaceMappingRejectsMappedRange() {
        mapAt(AT + PAGE, 1);
        MappingException e = refused(
                Reason.ALREADY_MAPPED,
                () -> space.map(MapRequest.anonymous(3 * PAGE).atFree(AT)));
        assertEquals(AT + PAGE, e.address());
        assertEquals("1-2w", layout());
    }

    @Test
    void wrongArgumentsAreRejectedAndChangeNothing() {
        mapAt(AT, 1);
        for (Executable wrong : List.<Executable>of(
                () -> space.map(MapRequest.anonymous(0)),
                () -> space.map(MapRequest.anonymous(-1)),
                () -> space.map(MapRequest.anonymous(PAGE).at(AT + 1)),
                () -> space.map(MapRequest.anonymous(PAGE).growingDown().shared()),
                () -> space.unmap(AT + 1, PAGE),
                () -> space.unmap(AT, 0),
                () -> space.protect(AT + 4, PAGE, Protection.READ),
                () -> space.protect(AT, -PAGE, Protection.READ),
                () -> space.remap(AT, 0, 0, true),
                () -> space.remap(AT, PAGE, 0, true),
                () -> space.remapDontUnmap(AT, 0, 0),
                () -> space.remapDontUnmap(AT, PAGE, AT),
                () -> space.remapDontUnmap(AT, PAGE, AT + 9 * PAGE + 1),
                () -> space.remapDontUnmapTo(AT, 0, AT + 9 * PAGE),
                () -> space.remapDontUnmapTo(AT, 2 * PAGE, AT + PAGE),
                () -> space.remapDontUnmapTo(AT, PAGE, (1L << 47) - PAGE),
                () -> space.remapTo(AT, PAGE, PAGE, AT),
                () -> space.remapTo(AT, PAGE, PAGE, AT + 2),
                () -> space.adviseDontNeed(AT + 1, PAGE),
                () -> space.load(AT + 2),
                () -> space.store(AT + 4, WordSize.U64, 1))) {
            assertThrows(IllegalArgumentException.class, wrong);
        }
        assertEquals("0-1w", layout());
        String reason = assertThrows(IllegalArgumentException.class, () -> space.load(AT + 2))
                .getMessage();
        assertEquals("address 0x100002 is not a multiple of 4", reason);
    }

    @Test
    void map_inFullSpace_isRejected() {
        space.map(MapRequest.anonymous((1L << 47) - 0x10000 - PAGE).at(0x10000));
        refused(Reason.NO_ROOM, () -> space.map(MapRequest.anonymous(PAGE)));
    }

    @Test
    void untouchedMemoryCostsNothing() {
        long at = space.map(MapRequest.anonymous(1L << 45));
        space.store(at + (1L << 44), 1);
        assertEquals(0, space.load(at + (1L << 43)));
        assertNull(space.mm.table.get(at));
        assertEquals(Page.ZERO, requireNonNull(space.mm.table.get(at + (1L << 43))).page);
    }

    // ---- unmap and protect

    @Test
    void unmapRemovesWholeHeadTailOrMiddle() {
        mapAt(AT, 8);
        space.unmap(AT, PAGE);
        assertEquals("1-8w", layout());
        space.unmap(AT + 7 * PAGE, 1);
        assertEquals("1-7w", layout());
        space.unmap(AT + 3 * PAGE, 2 * PAGE);
        assertEquals("1-3w 5-7w", layout());
        assertThrows(MemoryFaultException.class, () -> space.load(AT + 3 * PAGE));
        space.unmap(AT, 8 * PAGE);
        assertEquals("", layout());
        space.unmap(AT, PAGE); // unmapping an unmapped range does nothing
    }

    @Test
    void memoryThatIsMappedAgainIsZero() {
        mapAt(AT, 1);
        space.store(AT, 1);
        space.unmap(AT, PAGE);
        mapAt(AT, 1);
        assertEquals(0, space.load(AT));
    }

    @Test
    void protectionSplitsAndMerges() {
        mapAt(AT, 4);
        space.protect(AT + PAGE, 2 * PAGE, Protection.READ);
        assertEquals("0-1w 1-3r 3-4w", layout());
        space.protect(AT + PAGE, PAGE, Protection.NONE);
        assertEquals("0-1w 1-2n 2-3r 3-4w", layout());
        space.protect(AT, 4 * PAGE, Protection.READ_WRITE);
        assertEquals("0-4w", layout());
    }

    @Test
    void protectionDecidesWhichAccessesAreAllowed() {
        mapAt(AT, 1);
        space.store(AT, 5);
        space.protect(AT, PAGE, Protection.READ);
        assertEquals(5, space.load(AT));
        MemoryFaultException fault = assertThrows(MemoryFaultException.class, () -> space.compareAndExchange(AT, 5, 6));
        assertEquals(Access.WRITE, fault.access());
        space.protect(AT, PAGE, Protection.NONE);
        assertThrows(MemoryFaultException.class, () -> space.load(AT));
        space.protect(AT, PAGE, Protection.WRITE);
        assertEquals(5, space.load(AT), "writable memory is readable, as on x86");
        space.store(AT, 6);
        assertEquals(6, space.load(AT));
    }

    @Test
    void protectChangesPagesBeforeFirstGap() {
        mapAt(AT, 2);
        mapAt(AT + 3 * PAGE, 1);
        MappingException e = refused(Reason.NOT_MAPPED, () -> space.protect(AT, 4 * PAGE, Protection.READ));
        assertEquals(AT + 2 * PAGE, e.address());
        assertEquals("0-2r 3-4w", layout());
    }

    // ---- remap

    @Test
    void mappingGrowsInPlaceIfRangeIsFree() {
        mapAt(AT, 1);
        space.store(AT, 1);
        assertEquals(AT, space.remap(AT, PAGE, 3 * PAGE, false));
        assertEquals("0-3w", layout());
        assertEquals(1, space.load(AT));
        assertEquals(0, space.load(AT + 2 * PAGE));
    }

    @Test
    void mappingThatCannotGrowMovesIfAllowed() {
        mapAt(AT, 1);
        space.map(MapRequest.anonymous(PAGE).protection(Protection.READ).at(AT + PAGE));
        space.store(AT + 8, 42);
        refused(Reason.NO_ROOM, () -> space.remap(AT, PAGE, 2 * PAGE, false));
        long moved = space.remap(AT, PAGE, 2 * PAGE, true);
        assertEquals(42, space.load(moved + 8));
        space.store(moved + PAGE, 1);
        assertThrows(MemoryFaultException.class, () -> space.load(AT + 8));
    }

    @Test
    void shrinkingUnmapsTail() {
        mapAt(AT, 3);
        assertEquals(AT, space.remap(AT, 3 * PAGE, PAGE, false));
        assertEquals("0-1w", layout());
    }

    /** Linux 6.18: mremap of a range that does not grow checks only its first page. */
    @Test
    void shrinkingChecksOnlyTheFirstPage() {
        mapAt(AT, 1);
        mapAt(AT + 2 * PAGE, 3);
        space.protect(AT + 2 * PAGE, 3 * PAGE, Protection.READ);
        assertEquals(AT, space.remap(AT, 5 * PAGE, 5 * PAGE, false));
        assertEquals(AT, space.remap(AT, 5 * PAGE, 3 * PAGE, true));
        assertEquals("0-1w 2-3r", layout());
        refused(Reason.NOT_MAPPED, () -> space.remap(AT + PAGE, 2 * PAGE, PAGE, false));
        assertEquals("0-1w 2-3r", layout());
    }

    @Test
    void fixedMoveReplacesTargetAndKeepsRestOfSource() {
        mapAt(AT, 4);
        mapAt(AT + 8 * PAGE, 2);
        space.store(AT + PAGE, 11);
        space.store(AT + 3 * PAGE, 13);
        space.store(AT + 8 * PAGE, 18);
        space.remapTo(AT + PAGE, PAGE, PAGE, AT + 8 * PAGE);
        assertEquals("0-1w 2-4w 8-10w", layout());
        assertEquals(11, space.load(AT + 8 * PAGE));
        assertEquals(13, space.load(AT + 3 * PAGE));
    }

    @Test
    void remap_ofSeveralMappings_isRejected() {
        mapAt(AT, 1);
        refused(Reason.NOT_MAPPED, () -> space.remap(AT + PAGE, PAGE, 2 * PAGE, true));
        refused(Reason.NOT_MAPPED, () -> space.remapTo(AT, 2 * PAGE, 3 * PAGE, AT + 8 * PAGE));
        assertEquals("0-1w", layout());
    }

    /**
     * Linux 6.18: mremap with MREMAP_FIXED of a range that keeps its length. A hole in the range leaves the target as
     * it is.
     */
    @Test
    void severalMappingsMoveTogetherAndHolesKeepTarget() {
        mapAt(AT, 5);
        for (int i = 0; i < 5; i++) {
            space.store(AT + (long) i * PAGE, i + 1);
        }
        space.protect(AT + 3 * PAGE, 2 * PAGE, Protection.READ);
        space.unmap(AT + 2 * PAGE, PAGE);
        mapAt(AT + 8 * PAGE, 5);
        space.store(AT + 9 * PAGE, 9);
        space.store(AT + 11 * PAGE, 11);
        space.remapTo(AT + PAGE, 3 * PAGE, 3 * PAGE, AT + 8 * PAGE);
        assertEquals("0-1w 4-5r 8-10w 10-11r 11-13w", layout());
        int[] words = {2, 9, 4, 11};
        for (int i = 0; i < words.length; i++) {
            assertEquals(words[i], space.load(AT + (8L + i) * PAGE));
        }
        assertEquals(5, space.load(AT + 4 * PAGE));
        refused(Reason.NOT_MAPPED, () -> space.remapTo(AT + 3 * PAGE, 2 * PAGE, 2 * PAGE, AT + 20 * PAGE));
        refused(Reason.NOT_MAPPED, () -> space.remapTo(AT + 8 * PAGE, 4 * PAGE, 3 * PAGE, AT + 20 * PAGE));
        refused(Reason.NOT_MAPPED, () -> space.remapTo(AT + 8 * PAGE, 4 * PAGE, 5 * PAGE, AT + 20 * PAGE));
        refused(Reason.NOT_MAPPED, () -> space.remap(AT + 8 * PAGE, 4 * PAGE, 5 * PAGE, true));
        assertEquals("0-1w 4-5r 8-10w 10-11r 11-13w", layout());
    }

    @Test
    void dontUnmapMoveLeavesSourceAsIfUntouched() {
        mapAt(AT, 3);
        MemoryFile file = new MemoryFile("file", 2 * PAGE);
        space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).at(AT + 3 * PAGE));
        space.map(MapRequest.file(file.open(Access.WRITE), 1, PAGE).shared().at(AT + 4 * PAGE));
        for (int i = 0; i < 5; i++) {
            space.store(AT + (long) i * PAGE, i + 1);
        }
        mapAt(AT + 10 * PAGE, 2);
        space.remapDontUnmapTo(AT + PAGE, 4 * PAGE, AT + 9 * PAGE);
        assertEquals("0-3w 3-4w 4-5w 9-11w 11-12w 12-13w", layout());
        int[] words = {1, 0, 0, 0, 5};
        for (int i = 0; i < words.length; i++) {
            assertEquals(words[i], space.load(AT + (long) i * PAGE));
        }
        for (int i = 1; i < 5; i++) {
            assertEquals(i + 1, space.load(AT + (8L + i) * PAGE));
        }
        space.store(AT + 12 * PAGE, 12);
        assertEquals(12, space.load(AT + 4 * PAGE), "one file");
        space.store(AT + PAGE, 7);
        assertEquals(2, space.load(AT + 9 * PAGE), "two pages");

        assertEquals(AT + 20 * PAGE, space.remapDontUnmap(AT + PAGE, PAGE, AT + 20 * PAGE));
        assertEquals(7, space.load(AT + 20 * PAGE));
        long elsewhere = space.remapDontUnmap(AT, PAGE, AT + 20 * PAGE);
        assertEquals(1, space.load(elsewhere));
        assertTrue(elsewhere > AT + 21 * PAGE);
        refused(Reason.NOT_MAPPED, () -> space.remapDontUnmap(AT + 2 * PAGE, 2 * PAGE, 0));
        refused(Reason.NOT_MAPPED, () -> space.remapDontUnmapTo(AT + 5 * PAGE, PAGE, AT));
    }

    /** Linux 6.18: mremap with an old length of 0. */
    @Test
    void sharedMappingIsDuplicated() {
        MemoryFile file = new MemoryFile("file", 4 * PAGE);
        space.map(MapRequest.file(file.open(Access.WRITE), 1, 2 * PAGE).shared().at(AT));
        mapAt(AT + 8 * PAGE, 3);
        space.store(AT + PAGE, 2);
        long copy = space.remap(AT + PAGE, 0, 2 * PAGE, true);
        assertEquals(2, space.load(copy));
        space.store(copy + PAGE, 3);
        space.remapTo(AT, 0, 3 * PAGE, AT + 9 * PAGE);
        assertEquals("0-2w 8-9w 9-12w", layout().substring(0, 15));
        assertEquals(2, space.load(AT + 10 * PAGE));
        assertEquals(3, space.load(AT + 11 * PAGE));
        assertEquals(space.sharedKey(AT, Access.WRITE), space.sharedKey(AT + 9 * PAGE, Access.WRITE));

        String before = layout();
        refused(Reason.PRIVATE, () -> space.remap(AT + 8 * PAGE, 0, PAGE, true));
        refused(Reason.PRIVATE, () -> space.remapTo(AT + 8 * PAGE, 0, PAGE, AT));
        refused(Reason.NO_ROOM, () -> space.remap(AT, 0, PAGE, false));
        refused(Reason.NOT_MAPPED, () -> space.remap(AT + 7 * PAGE, 0, PAGE, true));
        assertThrows(IllegalArgumentException.class, () -> space.remapTo(AT + PAGE, 0, 2 * PAGE, AT));
        assertEquals(before, layout());
    }

    // ---- fork, advice, stack

    @Test
    void parentAndChildWriteSeparatePages() {
        mapAt(AT, 2);
        space.store(AT, 1);
        AddressSpace child = space.fork();
        space.store(AT, 2);
        child.store(AT + PAGE, 3);
        assertEquals(1, child.load(AT));
        assertEquals(0, space.load(AT + PAGE));
        AddressSpace grandchild = child.fork();
        child.store(AT, 9);
        assertEquals(1, grandchild.load(AT));
        assertEquals(space.vmas(), grandchild.vmas());
    }

    @Test
    void sharedAnonymousMemoryIsSharedOnlyWithChildren() {
        long at = space.map(MapRequest.anonymous(PAGE).shared());
        AddressSpace child = space.fork();
        child.store(at, 5);
        assertEquals(5, space.load(at));
        long other = space.map(MapRequest.anonymous(PAGE).shared());
        assertEquals(0, space.load(other));
        assertFalse(space.sharedKey(at, Access.READ).equals(space.sharedKey(other, Access.READ)));
    }

    @Test
    void dontNeedDiscardsMemoryThenReportsFirstHole() {
        mapAt(AT, 1);
        mapAt(AT + 2 * PAGE, 1);
        space.store(AT, 1);
        space.store(AT + 2 * PAGE, 1);
        MappingException e = refused(Reason.NOT_MAPPED, () -> space.adviseDontNeed(AT, 3 * PAGE));
        assertEquals(AT + PAGE, e.address());
        assertEquals(0, space.load(AT));
        assertEquals(0, space.load(AT + 2 * PAGE));
        assertEquals(
                0,
                refused(Reason.NOT_MAPPED, () -> space.adviseDontNeed(0, PAGE)).address());
    }

    @Test
    void accessBelowStackExtendsItWithinLimitAndGap() {
        AddressSpace small = new AddressSpace(SpaceSettings.DEFAULT.withStackLimit(1 << 20));
        long top = 0x7ffe_0000_0000L;
        long bottom = small.map(MapRequest.anonymous(2 * PAGE).growingDown().at(top - 2 * PAGE));
        assertEquals(0, small.load(bottom - 4));
        small.store(bottom - 40 * PAGE, 1);
        assertEquals(bottom - 40 * PAGE, small.vmas().get(0).start());
        assertEquals(1, small.vmas().size());
        assertThrows(MemoryFaultException.class, () -> small.load(top - (1 << 20) - 4));
        long neighbour = top - (1 << 20) - 300L * PAGE;
        small.map(MapRequest.anonymous(PAGE).at(neighbour));
        assertThrows(MemoryFaultException.class, () -> small.load(neighbour + 2 * PAGE));
        small.load(top - (1 << 20));
        assertThrows(MemoryFaultException.class, () -> small.load(-4));
    }

    @Test
    void chosenAddressesKeepStackGuardGap() {
        long stack = 0x7ffe_0000_0000L;
        space.map(MapRequest.anonymous(PAGE).growingDown().at(stack));
        long at = space.map(MapRequest.anonymous(PAGE).near(stack - 2 * PAGE));
        assertTrue(at < stack - (1 << 20) || at > stack);
        assertEquals(stack + PAGE, space.map(MapRequest.anonymous(PAGE).near(stack + PAGE)));
    }

    // ---- bytes, listener, settings

    @Test
    void bulkAccessCrossesPagesAndFaultsAtUnmappedPage() {
        mapAt(AT, 2);
        byte[] data = "over the edge".getBytes(UTF_8);
        space.write(AT + PAGE - 5, ByteBuffer.wrap(data));
        byte[] back = new byte[data.length];
        space.read(AT + PAGE - 5, ByteBuffer.wrap(back));
        assertEquals("over the edge", new String(back, UTF_8));
        ByteBuffer beyond = ByteBuffer.allocate(8);
        MemoryFaultException fault =
                assertThrows(MemoryFaultException.class, () -> space.read(AT + 2 * PAGE - 4, beyond));
        assertEquals(AT + 2 * PAGE, fault.address());
        assertEquals(4, beyond.position());
    }

    @Test
    void byteOrderFollowsSettings() {
        AddressSpace big = new AddressSpace(SpaceSettings.DEFAULT.withByteOrder(ByteOrder.BIG_ENDIAN));
        long at = big.map(MapRequest.anonymous(PAGE));
        big.store(at, 0x01020304);
        assertEquals(1, big.load(at, WordSize.U8));
        assertEquals(0x0102030400000000L, big.loadLong(at));
        assertEquals(0x0304, big.load(at + 2, WordSize.U16));
        assertEquals(ByteOrder.BIG_ENDIAN, big.fork().byteOrder());
    }

    @Test
    void listenerGetsMovesAndUnmapsWithoutLocks() {
        List<String> heard = new ArrayList<>();
        MappingListener listener = new MappingListener() {
            @Override
            public void moved(FutexMemory memory, long from, long length, long to) {
                tell(memory, "moved " + (from - AT) / PAGE + "+" + length / PAGE + " to " + (to - AT) / PAGE);
            }

            @Override
            public void unmapped(FutexMemory memory, long from, long length) {
                tell(memory, "unmapped " + (from - AT) / PAGE + "+" + length / PAGE);
            }

            private void tell(FutexMemory memory, String what) {
                Thread other = new Thread(() -> ((AddressSpace) memory).map(MapRequest.anonymous(PAGE)));
                other.start();
                try {
                    other.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                heard.add(what);
            }
        };
        AddressSpace reported = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener));
        reported.map(MapRequest.anonymous(4 * PAGE).at(AT));
        reported.unmap(AT + 3 * PAGE, PAGE);
        reported.unmap(AT + 3 * PAGE, PAGE); // already unmapped, so not reported
        reported.map(MapRequest.anonymous(PAGE).at(AT + 9 * PAGE));
        reported.remapTo(AT, 2 * PAGE, PAGE, AT + 9 * PAGE);
        reported.remap(AT + 2 * PAGE, PAGE, 2 * PAGE, false);
        reported.remap(AT + 2 * PAGE, 2 * PAGE, PAGE, false);
        reported.map(MapRequest.anonymous(PAGE).at(AT + 2 * PAGE));
        reported.protect(AT + 2 * PAGE, PAGE, Protection.READ);
        reported.map(MapRequest.anonymous(PAGE).shared().at(AT + 4 * PAGE));
        reported.map(MapRequest.anonymous(3 * PAGE).at(AT + 14 * PAGE));
        reported.remapDontUnmapTo(AT + 2 * PAGE, 3 * PAGE, AT + 14 * PAGE);
        reported.remapDontUnmap(AT + 2 * PAGE, PAGE, 0);
        reported.remapTo(AT + 4 * PAGE, 0, PAGE, AT + 15 * PAGE);
        reported.remapTo(AT + 2 * PAGE, 3 * PAGE, 3 * PAGE, AT + 15 * PAGE);
        assertEquals(
                List.of(
                        "unmapped 3+1",
                        "unmapped 9+1",
                        "unmapped 1+1",
                        "moved 0+1 to 9",
                        "unmapped 3+1",
                        "unmapped 2+1",
                        "unmapped 14+1",
                        "unmapped 16+1",
                        "unmapped 15+1",
                        "unmapped 15+1",
                        "moved 2+1 to 15",
                        "moved 4+1 to 17"), // the range has a hole between the two
                heard);
    }

    /** A listener that maps memory while a range is pending must not get that range. */
    @Test
    void freedRangeIsNotReusedBeforeItsReport() {
        List<Long> got = new ArrayList<>();
        MappingListener listener = new MappingListener() {
            @Override
            public void moved(FutexMemory memory, long from, long length, long to) {
                use((AddressSpace) memory, from);
            }

            @Override
            public void unmapped(FutexMemory memory, long from, long length) {
                use((AddressSpace) memory, from);
            }

            private void use(AddressSpace reported, long free) {
                got.add(reported.map(MapRequest.anonymous(PAGE)));
                got.add(reported.map(MapRequest.anonymous(PAGE).near(free)));
            }
        };
        AddressSpace reported = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener));
        long high = reported.map(MapRequest.anonymous(2 * PAGE));
        reported.unmap(high + PAGE, PAGE);
        reported.remapTo(high, PAGE, PAGE, AT);
        assertFalse(got.subList(0, 2).contains(high + PAGE), () -> got + " of " + high);
        assertFalse(got.subList(2, 4).contains(high), () -> got + " of " + high);
        assertEquals(high + PAGE, got.get(2), "the report of this range has been delivered");
        assertEquals(high, reported.map(MapRequest.anonymous(PAGE)));
    }

    @Test
    void stackGrowsIntoFreedRangeOnlyAfterItsReport() {
        List<Access> refused = new ArrayList<>();
        MappingListener listener = new MappingListener() {
            @Override
            public void moved(FutexMemory memory, long from, long length, long to) {}

            @Override
            public void unmapped(FutexMemory memory, long from, long length) {
                AddressSpace reported = (AddressSpace) memory;
                reported.load(from + PAGE);
                for (long below : new long[] {from, from - PAGE}) {
                    refused.add(assertThrows(MemoryFaultException.class, () -> reported.load(below))
                            .access());
                }
            }
        };
        AddressSpace reported = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener));
        reported.map(MapRequest.anonymous(PAGE).at(AT));
        reported.map(MapRequest.anonymous(PAGE).growingDown().at(AT + 2 * PAGE));
        reported.unmap(AT, PAGE);
        assertEquals(List.of(Access.READ, Access.READ), refused);
        assertEquals(0, reported.load(AT - PAGE));
    }

    /** The listener maps the first page of the reported range by its address, and unmaps it again. */
    @Test
    void unmapInsideListenerKeepsRangeOfPendingReportTaken() {
        List<Long> got = new ArrayList<>();
        MappingListener listener = new MappingListener() {
            @Override
            public void moved(FutexMemory memory, long from, long length, long to) {}

            @Override
            public void unmapped(FutexMemory memory, long from, long length) {
                if (length == 2 * PAGE) {
                    AddressSpace reported = (AddressSpace) memory;
                    reported.map(MapRequest.anonymous(PAGE).at(from));
                    reported.map(MapRequest.anonymous(PAGE).at(from));
                    got.add(reported.map(MapRequest.anonymous(PAGE).near(from + PAGE)));
                    reported.unmap(from, PAGE);
                    got.add(reported.map(MapRequest.anonymous(PAGE).near(from + PAGE)));
                }
            }
        };
        AddressSpace reported = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener));
        reported.map(MapRequest.anonymous(2 * PAGE).at(AT));
        reported.unmap(AT, 2 * PAGE);
        assertEquals(2, got.size());
        assertFalse(got.contains(AT + PAGE), () -> got.toString());
        assertEquals(AT, reported.map(MapRequest.anonymous(2 * PAGE).near(AT)));
    }

    @Test
    void throwingListenerGetsAllReportsAndRangesAreFreed() {
        List<String> heard = new ArrayList<>();
        MappingListener listener = new MappingListener() {
            @Override
            public void moved(FutexMemory memory, long from, long length, long to) {
                throw reported("moved", from);
            }

            @Override
            public void unmapped(FutexMemory memory, long from, long length) {
                throw reported("unmapped", from);
            }

            private RuntimeException reported(String what, long from) {
                heard.add(what + " " + (from - AT) / PAGE);
                return new IllegalStateException(what);
            }
        };
        AddressSpace reported = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener));
        reported.map(MapRequest.anonymous(2 * PAGE).at(AT));
        reported.map(MapRequest.anonymous(PAGE).at(AT + 9 * PAGE));
        assertThrows(IllegalStateException.class, () -> reported.remapTo(AT, 2 * PAGE, PAGE, AT + 9 * PAGE));
        assertEquals(List.of("unmapped 9", "unmapped 1", "moved 0"), heard);
        assertEquals(AT, reported.map(MapRequest.anonymous(2 * PAGE).near(AT)));
    }

    @Test
    void userAddressesEndAt47Bits() {
        assertTrue(space.isUserAddress(0));
        assertTrue(space.isUserAddress((1L << 47) - PAGE), "Linux 6.18: FUTEX_WAKE returns 0 there, and EFAULT beyond");
        assertFalse(space.isUserAddress((1L << 47) - PAGE + 4));
        assertFalse(space.isUserAddress(1L << 47));
        assertFalse(space.isUserAddress(-4096));
        for (long kernel : new long[] {1L << 47, 1L << 52, -4096, Long.MIN_VALUE}) {
            assertThrows(MemoryFaultException.class, () -> space.load(kernel));
            assertThrows(MemoryFaultException.class, () -> space.sharedKey(kernel, Access.READ));
            assertNull(space.vmaAt(kernel));
        }
    }

    @Test
    void kernelAddressIsNoAliasOfUserWord() throws Exception {
        mapAt(PAGE, 1);
        space.store(PAGE, 7);
        for (long alias : new long[] {PAGE + (1L << 47), PAGE | 0xffff_8000_0000_0000L}) {
            assertThrows(MemoryFaultException.class, () -> space.load(alias));
            assertThrows(MemoryFaultException.class, () -> space.store(alias, 8));
            assertThrows(MemoryFaultException.class, () -> space.compareAndExchange(alias, 7, 8));
        }
        assertEquals(7, space.load(PAGE));
    }

    @Test
    void lowestAndHighestPagesCanBeMapped() {
        mapAt(0, 1);
        space.store(0, 1);
        long top = (1L << 47) - 2 * PAGE;
        mapAt(top, 1);
        space.store(top + PAGE - 8, WordSize.U64, -1);
        assertEquals(-1, space.loadLong(top + PAGE - 8));
        assertNotNull(space.vmaAt(top));
        assertEquals(2, space.fork().vmas().size());
    }
}
