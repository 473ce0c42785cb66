package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests of plain stores through cursors that race with operations on their page, outside and within sessions. No store
 * is lost, and none comes after the operation.
 *
 * <p>Each test fails if {@link HeldPages#release} leaves a page without its gate, or if {@link Page#freeze} does not
 * wait for the pages that cursors hold.
 */
@Timeout(120)
class CursorRaceTest {

    private static final long PAGE = 4096;
    private static final long AT = 0x10_0000L;
    private static final long OTHER = 0x90_0000L;
    private static final WordSize U32 = WordSize.U32;

    private final AddressSpace space = new AddressSpace();
    private final MemoryCursor cursor = space.cursor(4);
    private int count; // by the thread of the cursor

    private void mapPrivate(int pages) {
        space.map(MapRequest.anonymous(pages * PAGE).at(AT));
    }

    private void inSession(boolean session, Runnable accesses) {
        cursor.begin();
        if (!session) { // accesses after a session no longer own the gate
            tryLoad();
            cursor.end();
        }
        try {
            accesses.run();
        } finally {
            if (session) {
                cursor.end();
            }
        }
    }

    private void tryLoad() {
        try {
            long ignored = cursor.load(AT, U32);
        } catch (MemoryFaultException e) {
            // not mapped at the moment
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void plainStoresDuringForks_stayInParent(boolean session) {
        mapPrivate(2);
        Race.repeat(
                2_000,
                () -> {
                    AddressSpace child = space.fork();
                    int one = child.load(AT);
                    int two = child.load(AT + PAGE);
                    assertTrue(one == two || one == two + 1, one + " beside " + two);
                    for (int i = 0; i < 20; i++) {
                        assertEquals(one, child.load(AT), "a store reached the child after the fork");
                    }
                    child.store(AT, -1);
                },
                () -> inSession(session, () -> {
                    for (int i = 0; i < 50; i++) {
                        assertEquals(count, cursor.load(AT, U32));
                        assertEquals(count, cursor.load(AT + PAGE, U32));
                        cursor.store(AT, U32, ++count);
                        cursor.store(AT + PAGE, U32, count);
                    }
                }));
        assertEquals(count, space.load(AT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void plainStoresDuringSwapOut_areKept(boolean session) {
        mapPrivate(1);
        Race.repeat(
                2_000,
                () -> space.swapOut(AT, PAGE),
                () -> inSession(session, () -> {
                    for (int i = 0; i < 50; i++) {
                        assertEquals(count, cursor.load(AT, U32));
                        cursor.store(AT, U32, ++count);
                    }
                }));
        assertEquals(count, space.load(AT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void plainStores_doNotHappenAfterProtect(boolean session) {
        mapPrivate(1);
        Race.repeat(
                3_000,
                () -> {
                    space.protect(AT, PAGE, Protection.READ);
                    int value = space.load(AT);
                    for (int i = 0; i < 50; i++) {
                        assertEquals(value, space.load(AT), "a store happened after the protection");
                    }
                    space.protect(AT, PAGE, Protection.READ_WRITE);
                },
                () -> inSession(session, () -> {
                    for (int i = 0; i < 50; i++) {
                        try {
                            cursor.store(AT, U32, count + 1);
                            count++;
                        } catch (MemoryFaultException e) {
                            assertEquals(count, cursor.load(AT, U32));
                        }
                    }
                }));
        assertEquals(count, space.load(AT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void plainStoresDuringMoves_areKept(boolean session) {
        mapPrivate(1);
        AtomicLong home = new AtomicLong(AT);
        Race.repeat(
                3_000,
                () -> {
                    long to = AT + OTHER - home.get();
                    space.remapTo(home.get(), PAGE, PAGE, to);
                    home.set(to);
                },
                () -> inSession(session, () -> {
                    for (int i = 0; i < 50; i++) {
                        try {
                            cursor.store(i % 2 == 0 ? AT : OTHER, U32, count + 1);
                            count++;
                        } catch (MemoryFaultException e) {
                            // the page is at the other address
                        }
                    }
                }));
        assertEquals(count, space.load(home.get()));
    }

    /** A page of a file that two cursors in two spaces write, while it is truncated, punched and swapped out. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void updatesOfTwoSpacesDuringSwapOutOfFile_areKept(boolean session) {
        MemoryFile file = new MemoryFile("file", PAGE);
        MapRequest request =
                MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared().at(AT);
        AddressSpace second = new AddressSpace();
        space.map(request);
        second.map(request);
        MemoryCursor other = second.cursor();
        AtomicInteger done = new AtomicInteger();
        Race.repeat(
                2_000,
                () -> space.swapOut(AT, PAGE),
                () -> inSession(session, () -> {
                    for (int i = 0; i < 50; i++) {
                        long ignored = cursor.getAndAdd(AT, WordSize.U16, 1);
                        done.incrementAndGet();
                    }
                }),
                () -> {
                    long ignored = other.getAndAdd(AT, U32, 1);
                    done.incrementAndGet();
                });
        assertEquals(done.get() & 0xffff, second.load(AT) & 0xffff);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void loadsDuringCopies_neverGoBack(boolean session) {
        mapPrivate(1);
        MemoryCursor writer = space.cursor();
        Race.repeat(
                2_000,
                () -> {
                    AddressSpace child = space.fork();
                    writer.store(AT, U32, writer.load(AT, U32) + 1); // copies the page
                    child.store(AT, -5); // into the old page, or a copy of it
                },
                () -> inSession(session, () -> {
                    for (int i = 0; i < 50; i++) {
                        int seen = (int) cursor.load(AT, U32);
                        assertTrue(seen >= count, seen + " after " + count);
                        count = seen;
                    }
                }));
    }
}
