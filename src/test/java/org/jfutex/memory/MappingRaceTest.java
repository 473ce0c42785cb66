package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Writes that race with changes of mappings and files: what a change takes away is gone when the change returns.
 *
 * <p>Each test has been seen to fail without the step of {@link Mm}, {@link Page} or {@link PagedWords} that it is about.
 */
@Timeout(120)
class MappingRaceTest {

    private static final int PAGE = 4096;
    private static final long AT = 0x10_0000L;

    private final AddressSpace space = new AddressSpace();
    private final MemoryFile file = new MemoryFile("file", PAGE);
    private final AtomicInteger phase = new AtomicInteger(); // odd while something changes

    private void change(Runnable change) {
        phase.incrementAndGet();
        change.run();
        phase.incrementAndGet();
    }

    /** Adds one and looks: unless a change came between, the word holds what was written at least. */
    private void incrementAndLook(AddressSpace where, long address) {
        int before = phase.get();
        try {
            int old = where.getAndAdd(address, 1);
            int now = where.load(address);
            assertTrue(
                    (before & 1) == 1 || phase.get() != before || now > old,
                    "wrote " + (old + 1) + " and found " + now);
        } catch (MemoryFaultException e) {
            assertTrue((before & 1) == 1 || phase.get() != before, "fault without a reason: " + e.getMessage());
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
    void nothingIsWrittenAfterWritingWasForbidden() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                10_000,
                () -> {
                    space.protect(AT, PAGE, Protection.READ);
                    assertStill(space, AT, "a write came through");
                    space.protect(AT, PAGE, Protection.READ_WRITE);
                    done.addAndGet(tryIncrement(space, AT));
                },
                () -> done.addAndGet(tryIncrement(space, AT)));
        assertEquals(done.get(), space.load(AT));
    }

    @Test
    void nothingIsReadAfterReadingWasForbidden() {
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
                    limit.set(other.getAndAdd(shared, 1)); // what is written from now on, nobody can read there
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
                        assertTrue(seen <= most, "read " + seen + " when no more than " + most + " could be read");
                    } catch (MemoryFaultException e) {
                        // forbidden
                    }
                });
    }

    @Test
    void nothingReachesASharedFileAfterItWasUnmapped() {
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
                    assertStill(other, shared, "a write came through");
                },
                () -> done.addAndGet(tryIncrement(space, AT)));
        assertEquals(done.get(), other.load(shared));
    }

    @Test
    void mappingOverSomethingLeavesNothingOfIt() {
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
    void memoryThatIsNotNeededStartsAgainFromZero() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
        Race.repeat(10_000, () -> change(() -> space.adviseDontNeed(AT, PAGE)), () -> incrementAndLook(space, AT));
    }

    @Test
    void truncatedFileStartsAgainFromZero() {
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
    void punchedFileStartsAgainFromZero() {
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
    void privateCopiesOfATruncatedFileStartAgainFromTheFile() {
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
    void wordsElsewhereAreUntouchedByMappingAndUnmapping() {
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
