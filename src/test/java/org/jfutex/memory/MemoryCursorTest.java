package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.StallingPage.Beside;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class MemoryCursorTest {

    private static final int PAGE = 4096;
    private static final long AT = 0x10_0000L;
    private static final long OTHER = 0x90_0000L;

    private final MemoryFile file = new MemoryFile("file", PAGE);
    private AddressSpace space = new AddressSpace();
    private MemoryCursor cursor = space.cursor();
    private AddressSpace child = space; // after a fork

    MemoryCursorTest() {
        space.map(MapRequest.anonymous(PAGE).at(AT));
    }

    @ParameterizedTest
    @EnumSource(WordSize.class)
    void everyOperation_everySizeAndByteOrder_agreesWithSpace(WordSize size) {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            for (boolean session : new boolean[] {false, true}) {
                space = new AddressSpace(SpaceSettings.DEFAULT.withByteOrder(order));
                space.map(MapRequest.anonymous(PAGE).at(AT));
                cursor = space.cursor();
                for (long at = AT; at < AT + 16; at += size.bytes()) {
                    checkWord(at, size, session);
                }
            }
        }
    }

    private void checkWord(long at, WordSize size, boolean session) {
        long value = 0x8182_8384_8586_8788L & size.mask();
        if (session) {
            cursor.begin();
        }
        cursor.store(at, size, value);
        assertEquals(value, cursor.load(at, size));
        assertEquals(value, cursor.getAndSet(at, size, -1));
        assertEquals(size.mask(), cursor.loadAcquire(at, size));
        assertEquals(size.mask(), cursor.getAndAdd(at, size, 3));
        assertEquals(2, cursor.loadVolatile(at, size));
        assertEquals(2, cursor.getAndOr(at, size, 5));
        assertEquals(7, cursor.getAndAnd(at, size, 6));
        assertEquals(6, cursor.getAndXor(at, size, 3));
        cursor.storeRelease(at, size, value);
        assertEquals(value, cursor.compareAndExchange(at, size, value ^ 1, 0));
        assertEquals(value, cursor.compareAndExchange(at, size, value, 1));
        cursor.storeVolatile(at, size, value - 1);
        if (session) {
            cursor.end();
        }
        assertEquals(value - 1, space.load(at, size));
        space.store(at, size, 0);
        for (int i = 0; i < 16; i++) {
            assertEquals(0, space.load(AT + i, WordSize.U8), "other bytes do not change");
        }
    }

    @Test
    void bytes_acrossPages_areCopied() {
        space.map(MapRequest.anonymous(2 * PAGE).at(OTHER));
        byte[] data = {1, 2, 3, 4, 5, 6};
        cursor.write(OTHER + PAGE - 3, ByteBuffer.wrap(data));
        byte[] back = new byte[6];
        cursor.read(OTHER + PAGE - 3, ByteBuffer.wrap(back));
        assertArrayEquals(data, back);
        ByteBuffer longer = ByteBuffer.wrap(new byte[PAGE + 1]);
        assertThrows(MemoryFaultException.class, () -> cursor.read(OTHER + PAGE, longer));
        assertEquals(PAGE, longer.position());
        ByteBuffer source = ByteBuffer.wrap(new byte[PAGE + 1]);
        MemoryFaultException fault = assertThrows(MemoryFaultException.class, () -> cursor.write(OTHER + PAGE, source));
        assertEquals(OTHER + 2 * PAGE, fault.address());
    }

    @Test
    void misalignedOrMissingWord_isRejected() {
        assertThrows(IllegalArgumentException.class, () -> cursor.load(AT + 2, WordSize.U32));
        assertThrows(IllegalArgumentException.class, () -> cursor.store(AT + 4, WordSize.U64, 1));
        cursor.store(AT, WordSize.U32, 1);
        assertThrows(IllegalArgumentException.class, () -> cursor.store(AT + 2, WordSize.U32, 1));
        assertThrows(IllegalArgumentException.class, () -> cursor.load(AT + 1, WordSize.U16));
        assertThrows(MemoryFaultException.class, () -> cursor.load(OTHER, WordSize.U32));
        assertThrows(MemoryFaultException.class, () -> cursor.store(-8, WordSize.U64, 1));
        assertThrows(IllegalArgumentException.class, () -> space.cursor(3));
        assertThrows(IllegalArgumentException.class, () -> space.cursor(0));
    }

    /** An operation that takes the page at AT away, and whether later accesses fault. */
    enum Taking {
        FORBID_WRITING(test -> test.space.protect(AT, PAGE, Protection.READ), true, false),
        UNMAP(test -> test.space.unmap(AT, PAGE), true, true),
        CLOSE(test -> test.space.close(), true, true),
        MAP_OVER(test -> test.space.map(MapRequest.anonymous(PAGE).at(AT)), false, false),
        MOVE(test -> test.space.remapTo(AT, PAGE, PAGE, OTHER), true, true),
        DONT_NEED(test -> test.space.adviseDontNeed(AT, PAGE), false, false),
        FORK(test -> test.child = test.space.fork(), false, false),
        SWAP_OUT(test -> test.space.swapOut(AT, PAGE), false, false),
        TRUNCATE(test -> test.file.truncate(0), true, true),
        PUNCH(test -> test.file.punchHole(0, PAGE), false, false);

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        final Consumer<MemoryCursorTest> action;

        final boolean writeFaults;
        final boolean readFaults;

        Taking(Consumer<MemoryCursorTest> action, boolean writeFaults, boolean readFaults) {
            this.action = action;
            this.writeFaults = writeFaults;
            this.readFaults = readFaults;
        }

        boolean forgets() {
            return this == MAP_OVER || this == DONT_NEED || this == PUNCH;
        }

        void prepare(MemoryCursorTest test) {
            if (this == TRUNCATE || this == PUNCH) {
                test.space.map(MapRequest.file(test.file.open(Access.WRITE), 0, PAGE)
                        .shared()
                        .at(AT));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Taking.class)
    void pageOfIdleCursor_isTakenWithoutWaiting(Taking taking) {
        taking.prepare(this);
        cursor.store(AT, WordSize.U32, 1);
        assertEquals(1, cursor.load(AT, WordSize.U32));
        taking.action.accept(this); // the cursor's thread is this one, which is as idle as a sleeping one
        checkAfter(taking);
    }

    private void checkAfter(Taking taking) {
        int expected = taking.forgets() ? 0 : 1;
        if (taking.readFaults) {
            assertThrows(MemoryFaultException.class, () -> cursor.load(AT, WordSize.U32));
        } else {
            assertEquals(expected, cursor.load(AT, WordSize.U32));
        }
        if (taking.writeFaults) {
            assertThrows(MemoryFaultException.class, () -> cursor.store(AT, WordSize.U32, 2));
        } else {
            cursor.store(AT, WordSize.U32, 2);
            assertEquals(2, space.load(AT));
            assertEquals(2, cursor.load(AT, WordSize.U32));
        }
        if (taking == Taking.FORK) {
            assertEquals(1, child.load(AT), "the write after the fork reached the child");
        }
        if (taking == Taking.MOVE) {
            assertEquals(1, space.load(OTHER), "the write after the move reached the page at its new address");
        }
    }

    @ParameterizedTest
    @EnumSource(Taking.class)
    void pageOfSession_isTakenWhenItPolls(Taking taking) {
        taking.prepare(this);
        cursor.begin();
        cursor.store(AT, WordSize.U32, 7);
        Beside other = Beside.thatWaits(() -> taking.action.accept(this));
        cursor.end();
        other.end();
        if (taking == Taking.FORK) {
            assertEquals(7, child.load(AT), "the child does not have the write");
        } else if (!taking.readFaults) {
            assertEquals(taking.forgets() ? 0 : 7, space.load(AT));
        }
    }

    @Test
    void pageHeldAtTwoAddresses_isTakenFromBoth() {
        OpenFile open = file.open(Access.WRITE);
        space.map(MapRequest.file(open, 0, PAGE).shared().at(AT));
        space.map(MapRequest.file(open, 0, PAGE).shared().at(OTHER));
        cursor.store(AT, WordSize.U32, 1);
        cursor.store(OTHER + 4, WordSize.U32, 2);
        assertEquals(2, cursor.load(AT + 4, WordSize.U32));
        file.truncate(0);
        assertThrows(MemoryFaultException.class, () -> cursor.store(OTHER, WordSize.U32, 1));
    }

    @Test
    void sessionThatAccessesMemory_letsForkPass() throws InterruptedException {
        cursor.begin();
        cursor.store(AT, WordSize.U32, 7);
        for (int i = 0; i < 3; i++) {
            int access = i;
            CountDownLatch done = new CountDownLatch(1);
            Beside other = Beside.started(() -> {
                child = space.fork();
                done.countDown();
            });
            while (done.getCount() > 0) {
                switch (access) {
                    case 0 -> cursor.poll();
                    case 1 -> assertEquals(7, cursor.load(AT, WordSize.U32));
                    default -> cursor.store(AT, WordSize.U32, 7);
                }
            }
            other.end();
            cursor.store(AT, WordSize.U32, 8);
            assertEquals(7, child.load(AT), "the store after the fork reached the child");
            assertEquals(8, space.load(AT));
            cursor.store(AT, WordSize.U32, 7);
        }
        cursor.end();
    }

    @Test
    void sessionOfThisThread_doesNotBlockItsOwnChange() {
        cursor.begin();
        cursor.store(AT, WordSize.U32, 1);
        child = space.fork();
        cursor.store(AT, WordSize.U32, 2);
        assertEquals(1, child.load(AT));
        space.unmap(AT, PAGE);
        assertThrows(MemoryFaultException.class, () -> cursor.store(AT, WordSize.U32, 3));
        cursor.end();
    }

    @Test
    void threadThatDiesInSession_blocksNoChange() {
        Beside.started(() -> {
                    cursor.begin();
                    cursor.store(AT, WordSize.U32, 5);
                })
                .end();
        child = space.fork();
        assertEquals(5, child.load(AT));
        space.store(AT, 6);
        assertEquals(5, child.load(AT));
    }

    /** Near the end of the stack, a store happens or throws. Either way the page can still be taken. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void storesNearEndOfStack_leavePagesFree(boolean session) {
        space.map(MapRequest.anonymous(PAGE).at(OTHER));
        MemoryCursor one = space.cursor(1); // each store leaves one page and enters the other
        Beside.started(() -> {
                    if (session) {
                        one.begin();
                    }
                    dive(one, 0);
                    if (session) {
                        one.end();
                    }
                })
                .end();
        Beside.started(() -> child = space.fork()).end();
        assertEquals(space.load(AT), child.load(AT));
        one.store(AT, WordSize.U32, -1);
        assertEquals(-1, space.load(AT));
    }

    @SuppressWarnings("InfiniteRecursion") // ends with the stack
    private static void dive(MemoryCursor cursor, int depth) {
        try {
            dive(cursor, depth + 1);
        } catch (StackOverflowError e) {
            // this is the end of the stack
        }
        for (int i = 0; i < 2; i++) {
            try {
                cursor.store(AT, WordSize.U32, depth);
                long ignored = cursor.getAndAdd(OTHER, WordSize.U32, 1);
            } catch (StackOverflowError e) {
                break; // the caller has more stack
            }
        }
    }

    @Test
    void session_misuse_isRejected() {
        assertThrows(IllegalStateException.class, () -> cursor.end());
        cursor.begin();
        assertThrows(IllegalStateException.class, () -> cursor.begin());
        assertThrows(IllegalStateException.class, () -> cursor.close());
        cursor.end();
        assertThrows(IllegalStateException.class, () -> cursor.end());
        cursor.store(AT, WordSize.U32, 1);
        cursor.close();
        child = space.fork();
    }

    @Test
    void faultInSession_leavesSessionUsable() {
        cursor.begin();
        assertThrows(MemoryFaultException.class, () -> cursor.store(OTHER, WordSize.U32, 1));
        cursor.store(AT, WordSize.U32, 1);
        cursor.end();
        assertEquals(1, space.load(AT));
    }

    @Test
    void moreSlotsThanPages_evictWithoutLoss() {
        space.map(MapRequest.anonymous(64 * PAGE).at(OTHER));
        MemoryCursor small = space.cursor(4);
        for (int round = 1; round <= 3; round++) {
            for (int page = 0; page < 64; page++) {
                assertEquals(round - 1, small.getAndAdd(OTHER + (long) page * PAGE, WordSize.U64, 1));
            }
        }
        child = space.fork();
        for (int page = 0; page < 64; page++) {
            assertEquals(3, child.loadLong(OTHER + (long) page * PAGE));
        }
    }

    @Test
    void closedCursor_write_isRefusedAndHoldsNoPage() {
        cursor.store(AT, WordSize.U32, 1);
        cursor.close();
        assertThrows(IllegalStateException.class, () -> cursor.store(AT, WordSize.U32, 2));
        assertThrows(IllegalStateException.class, () -> cursor.getAndAdd(AT, WordSize.U32, 2));
        assertThrows(IllegalStateException.class, () -> cursor.write(AT, ByteBuffer.wrap(new byte[] {2})));
        assertThrows(IllegalStateException.class, () -> cursor.begin());
        child = space.fork(); // waits for ever if the page is still held
        assertEquals(1, child.load(AT));
    }

    /** A cursor whose registration failed for lack of memory is closed by the collector. */
    @Test
    void unregisteredPages_close_leaveOthersRegistered() {
        cursor.store(AT, WordSize.U32, 1);
        for (int i = 0; i < 1000; i++) { // more than all cursors of this JVM
            new HeldPages(1).close();
        }
        child = space.fork(); // waits for ever if the cursor is not found
        assertEquals(1, child.load(AT));
    }

    @Test
    void closedCursors_leaveTheRegister() {
        MemoryCursor[] many = new MemoryCursor[100];
        for (int i = 0; i < many.length; i++) {
            many[i] = space.cursor(1);
            many[i].store(AT, WordSize.U32, i);
        }
        for (int i = 0; i < many.length; i += 2) {
            many[i].close();
        }
        child = space.fork();
        space.store(AT, -1);
        assertEquals(99, child.load(AT));
        for (int i = 1; i < many.length; i += 2) {
            many[i].close();
        }
        assertFalse(space.mm.table.get(AT) == null);
        assertTrue(space.load(AT) == -1);
    }
}
