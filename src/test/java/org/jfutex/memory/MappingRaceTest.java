package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests of accesses that race with changes of mappings and files. When a change returns, no access uses the old
 * mapping.
 *
 * <p>Each test fails if the step of {@link Mm}, {@link Page} or {@link PagedWords} that it covers is removed.
 */
@Timeout(120)
class MappingRaceTest {

    private static final int PAGE = 4096;
    private static final long AT = 0x10_0000L;

    private final AddressSpace space = new AddressSpace();
    private final MemoryFile file = new MemoryFile("file", PAGE);
    private final AtomicInteger phase = new AtomicInteger(); // odd during a change

    private void change(Runnable change) {
        phase.incrementAndGet();
        change.run();
        phase.incrementAndGet();
    }

    /** Increments a word and reads it. If no change came between, the word is at least the value that was written. */
    private void incrementAndLook(AddressSpace where, long address) {
        int before = phase.get();
        try {
            int old = where.getAndAdd(address, 1);
            int now = where.load(address);
            assertTrue(
                    (before & 1) == 1 || phase.get() != before || now > old,
                    "wrote " + (old + 1) + " and found " + now);
        } catch (MemoryFaultException e) {
            assertTrue((before & 1) == 1 || phase.get() != before, "fault without a change: " + e.getMessage());
        }
    }

    private int tryIncrement(AddressSpace where, long address) {
        try {
            where.getAndAdd(address, 1);
            return 1;
        } catch (MemoryFaultException e) {
            return 0;
        }
    }

    private static void assertStill(AddressSpace where, long address, String why) {
        int value = where.load(address);
        for (int i = 0; i < 20; i++) {
            assertEquals(value, where.load(address), why);
        }
    }

    @Test
    void noWriteAfterProtectReturns() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                10_000,
                () -> {
                    space.protect(AT, PAGE, Protection.READ);
                    assertStill(space, AT, "a write happened after the change");
                    space.protect(AT, PAGE, Protection.READ_WRITE);
                    done.addAndGet(tryIncrement(space, AT));
                },
                () -> done.addAndGet(tryIncrement(space, AT)));
        assertEquals(done.get(), space.load(AT));
    }

    @Test
    void noReadAfterProtectReturns() {
        AddressSpace other = new AddressSpace();
        long shared =
                other.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared());
        MapRequest request =
                MapRequest.file(file.open(Access.READ), 0, PAGE).shared().protection(Protection.READ);
        space.map(request.at(AT));
        AtomicInteger limit = new AtomicInteger(Integer.MAX_VALUE);
        Race.repeat(
                10_000,
                () -> {
                    space.protect(AT, PAGE, Protection.NONE);
                    limit.set(other.getAndAdd(shared, 1)); // values written from now on must not be readable there
                    for (int i = 0; i < 10; i++) {
                        other.getAndAdd(shared, 1);
                    }
                    limit.set(Integer.MAX_VALUE);
                    space.protect(AT, PAGE, Protection.READ);
                },
                () -> {
                    try {
                        int seen = space.load(AT);
                        int most = limit.get();
                        assertTrue(seen <= most, "read " + seen + " although the limit was " + most);
                    } catch (MemoryFaultException e) {
                        // expected after the change
                    }
                });
    }

    @Test
    void noWriteReachesFileAfterUnmapReturns() {
        AddressSpace other = new AddressSpace();
        MapRequest request = MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared();
        long shared = other.map(request);
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                10_000,
                () -> {
                    space.map(request.at(AT));
                    done.addAndGet(tryIncrement(space, AT));
                    space.unmap(AT, PAGE);
                    assertStill(other, shared, "a write happened after the change");
                },
                () -> done.addAndGet(tryIncrement(space, AT)));
        assertEquals(done.get(), other.load(shared));
    }

    @Test
    void replacedMappingLeavesNoContents() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
        Race.repeat(
                10_000,
                () -> {
                    change(() -> space.map(MapRequest.anonymous(PAGE).at(AT)));
                    for (int i = 0; i < 50; i++) {
                        space.load(AT);
                    }
                },
                () -> incrementAndLook(space, AT));
    }

    @Test
    void discardedMemoryRestartsAtZero() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
        Race.repeat(10_000, () -> change(() -> space.adviseDontNeed(AT, PAGE)), () -> incrementAndLook(space, AT));
    }

    @Test
    void truncatedFileRestartsAtZero() {
        space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared().at(AT));
        Race.repeat(
                10_000,
                () -> {
                    change(() -> {
                        file.truncate(0);
                        file.truncate(PAGE);
                    });
                    incrementAndLook(space, AT);
                },
                () -> incrementAndLook(space, AT));
    }

    @Test
    void punchedFileRestartsAtZero() {
        space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared().at(AT));
        Race.repeat(
                10_000,
                () -> {
                    change(() -> file.punchHole(0, PAGE));
                    incrementAndLook(space, AT);
                },
                () -> incrementAndLook(space, AT));
    }

    @Test
    void privateCopiesOfTruncatedFileRestartFromFile() {
        space.map(MapRequest.file(file.open(Access.READ), 0, PAGE).at(AT));
        Race.repeat(
                5_000,
                () -> change(() -> {
                    file.truncate(0);
                    file.truncate(PAGE);
                }),
                () -> incrementAndLook(space, AT));
    }

    @Test
    void mapAndUnmapDoNotChangeOtherWords() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                20_000,
                () -> {
                    space.map(MapRequest.anonymous(PAGE).at(AT + PAGE));
                    space.store(AT + PAGE, 1);
                    space.unmap(AT + PAGE, PAGE);
                },
                () -> {
                    space.getAndAdd(AT, 1);
                    done.incrementAndGet();
                    assertEquals(done.get(), space.load(AT));
                    space.sharedKey(AT, Access.READ);
                });
    }
}
