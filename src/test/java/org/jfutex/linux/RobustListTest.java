package org.jfutex.linux;

import static java.util.Objects.requireNonNull;
import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReference;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.Protection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests every rule of the robust-list walk for the locks of a dying task. */
class RobustListTest {

    /** The offset from an entry to its word. */
    private static final long OFFSET = -0x800;

    private static final long HEAD = P + 0x8000;
    private static final long WORDS = P;

    private final Machine m = new Machine();
    private final Task victim = m.task.newThread();
    private final int tid = victim.tid();

    @BeforeEach
    void register() {
        m.storeLong(HEAD, HEAD);
        m.storeLong(HEAD + 8, OFFSET);
        m.storeLong(HEAD + 16, 0);
        assertEquals(0, m.calls.setRobustList(victim, HEAD, 24));
    }

    private static long word(int i) {
        return WORDS + 16L * i;
    }

    private static long entry(int i) {
        return word(i) - OFFSET;
    }

    /** Writes a list of these entries in this order. Each pointer may have the PI bit. */
    private void list(long... entries) {
        long at = HEAD;
        for (long e : entries) {
            m.storeLong(at, e);
            at = e & ~1;
        }
        m.storeLong(at, HEAD);
    }

    private void pending(long entry) {
        m.storeLong(HEAD + 16, entry);
    }

    @ParameterizedTest(name = "{0} becomes {1}, {2} woken")
    @CsvSource({
        "tid,           40000000, 0",
        "tid WAITERS,   c0000000, 1",
        "tid DIED,      40000000, 0",
        "tid both,      c0000000, 1",
        "other WAITERS, same,     0",
        "WAITERS,       same,     0",
        "zero,          same,     0"
    })
    void listedWord_ownedByTheTask_isMarked(String before, String after, int woken) {
        int value = value(before);
        m.store(word(0), value);
        list(entry(0));
        FutexCall first = m.sleeper(word(0), WAIT, value);
        FutexCall second = m.sleeper(word(0), WAIT, value);
        victim.exit();
        assertEquals(after.equals("same") ? value : Integer.parseUnsignedInt(after, 16), m.load(word(0)));
        assertEquals(woken == 1, first.isDone());
        assertFalse(second.isDone());
    }

    private int value(String text) {
        return switch (text) {
            case "tid" -> tid;
            case "tid WAITERS" -> tid | WAITERS;
            case "tid DIED" -> tid | OWNER_DIED;
            case "tid both" -> tid | WAITERS | OWNER_DIED;
            case "other WAITERS" -> m.task.tid() | WAITERS;
            case "WAITERS" -> WAITERS;
            default -> 0;
        };
    }

    @Test
    void walk_wakesSharedWaitersOnly() {
        m.store(word(0), tid | WAITERS);
        list(entry(0));
        FutexCall call = m.sleeper(word(0), WAIT | PRIVATE_FLAG, tid | WAITERS);
        victim.exit();
        assertFalse(call.isDone());
        assertEquals(WAITERS | OWNER_DIED, m.load(word(0)));
    }

    @Test
    void pendingWord_isHandledLastAndOnce() {
        m.store(word(0), tid | WAITERS);
        m.store(word(1), tid | WAITERS);
        list(entry(0));
        pending(entry(1));
        FutexCall listed = m.sleeper(word(0), WAIT, tid | WAITERS);
        FutexCall waiting = m.sleeper(word(1), WAIT, tid | WAITERS);
        victim.exit();
        assertTrue(listed.isDone());
        assertTrue(waiting.isDone());
    }

    @Test
    void pendingWord_alsoListed_isHandledOnce() {
        m.store(word(0), tid | WAITERS);
        list(entry(0));
        pending(entry(0));
        m.sleeper(word(0), WAIT, tid | WAITERS);
        FutexCall second = m.sleeper(word(0), WAIT, tid | WAITERS);
        victim.exit();
        assertFalse(second.isDone());
        assertEquals(WAITERS | OWNER_DIED, m.load(word(0)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, WAITERS, OWNER_DIED, WAITERS | OWNER_DIED})
    void pendingWord_withoutOwner_wakesOneAndIsUnchanged(int value) {
        m.store(word(0), value);
        pending(entry(0));
        FutexCall first = m.sleeper(word(0), WAIT, value);
        FutexCall second = m.sleeper(word(0), WAIT, value);
        victim.exit();
        assertTrue(first.isDone());
        assertFalse(second.isDone());
        assertEquals(value, m.load(word(0)));
    }

    @Test
    void pendingWord_ofAnotherOwner_isUnchanged() {
        int other = m.task.tid();
        m.store(word(0), other);
        pending(entry(0));
        FutexCall call = m.sleeper(word(0), WAIT, other);
        victim.exit();
        assertFalse(call.isDone());
        assertEquals(other, m.load(word(0)));
    }

    @Test
    void piWord_isMarkedWithoutAWake_freePendingOneIsUnchanged() {
        m.store(word(0), tid | WAITERS);
        m.store(word(1), 0);
        list(entry(0) | 1);
        pending(entry(1) | 1);
        FutexCall listed = m.sleeper(word(0), WAIT, tid | WAITERS);
        FutexCall free = m.sleeper(word(1), WAIT, 0);
        victim.exit();
        assertEquals(WAITERS | OWNER_DIED, m.load(word(0)));
        assertFalse(listed.isDone());
        assertFalse(free.isDone());
    }

    @Test
    void walk_endsAfter2048EntriesAndThePendingOne() {
        m.storeLong(HEAD + 8, 8); // the word lies behind its entry
        long first = S;
        int n = RobustList.LIMIT + 2;
        for (int i = 0; i < n; i++) {
            m.storeLong(first + 16L * i, first + 16L * (i + 1));
            m.store(first + 16L * i + 8, tid);
        }
        m.storeLong(HEAD, first);
        pending(entry(0));
        m.store(entry(0) + 8, tid);
        victim.exit();
        assertEquals(OWNER_DIED, m.load(first + 16L * (RobustList.LIMIT - 1) + 8));
        assertEquals(tid, m.load(first + 16L * RobustList.LIMIT + 8));
        assertEquals(OWNER_DIED, m.load(entry(0) + 8));
    }

    @Test
    void cyclicList_endsAndEveryWordIsMarked() {
        for (int i = 0; i < 3; i++) {
            m.store(word(i), tid);
        }
        list(entry(0), entry(1), entry(2));
        m.storeLong(entry(2), entry(0));
        victim.exit();
        for (int i = 0; i < 3; i++) {
            assertEquals(OWNER_DIED, m.load(word(i)));
        }
    }

    @Test
    void misalignedWord_endsTheWalk_skipsThePendingOne() {
        m.store(word(0), tid);
        m.store(word(2), tid);
        m.store(word(3), tid);
        list(entry(0), entry(1) + 2, entry(2));
        pending(entry(3));
        victim.exit();
        assertEquals(OWNER_DIED, m.load(word(0)));
        assertEquals(tid, m.load(word(2)));
        assertEquals(tid, m.load(word(3)));
    }

    @Test
    void unreadableWord_endsTheWalk() {
        m.storeLong(HEAD + 8, HOLE - P);
        m.store(word(0), tid);
        list(P + 8);
        pending(P + 16);
        victim.exit();
        assertEquals(tid, m.load(word(0)));
    }

    @Test
    void unreadableLink_endsTheWalkAfterItsEntry() {
        m.store(word(0), tid);
        m.store(word(1), tid);
        list(entry(0));
        m.storeLong(entry(0), HOLE);
        pending(entry(1));
        m.storeLong(HEAD + 16, entry(1));
        victim.exit();
        assertEquals(OWNER_DIED, m.load(word(0)));
        assertEquals(tid, m.load(word(1)));
    }

    @Test
    void readOnlyWord_endsTheWalk() {
        long readOnly = 0x100_0000;
        m.map(readOnly, Protection.READ_WRITE);
        m.store(readOnly, tid);
        m.store(word(1), tid);
        m.storeLong(HEAD + 8, 0x10);
        long entryOfReadOnly = readOnly - 0x10;
        m.map(readOnly - 0x1_0000, Protection.READ_WRITE);
        m.storeLong(entryOfReadOnly, word(1) - 0x10);
        m.storeLong(HEAD, entryOfReadOnly);
        m.space.protect(readOnly, PAGES, Protection.READ);
        victim.exit();
        assertEquals(tid, m.load(readOnly));
        assertEquals(tid, m.load(word(1)));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0xdead, HOLE, KERNEL})
    void badHead_isIgnored(long head) {
        assertEquals(0, m.calls.setRobustList(victim, head, 24));
        victim.exit();
        assertEquals(Task.State.DEAD, victim.state());
    }

    @Test
    void setRobustList_wrongSize_isRejected() {
        for (long len : new long[] {-1, 0, 12, 23, 25, 48}) {
            assertEquals(-Errno.EINVAL, m.calls.setRobustList(victim, HEAD, len));
        }
        FutexCalls compat = FutexCalls.builder(m.tasks).abi(Abi.ILP32).build();
        assertEquals(-Errno.EINVAL, compat.setRobustList(victim, HEAD, 24));
        assertEquals(0, compat.setRobustList(victim, HEAD, 12));
    }

    @Test
    void getRobustList_returnsTheHead() {
        long out = m.scratch(32);
        assertEquals(0, m.calls.getRobustList(m.task, tid, out, out + 8));
        assertEquals((int) HEAD, m.load(out));
        assertEquals(24, m.load(out + 8));
        assertEquals(0, m.calls.getRobustList(m.task, 0, out + 1, out + 17));
        assertEquals(0, new GuestMemory(m.space, Abi.LP64).loadLong(out + 1));
        assertEquals(24, new GuestMemory(m.space, Abi.LP64).loadLong(out + 17));
        assertEquals(-Errno.ESRCH, m.calls.getRobustList(m.task, 9999, 0, 0));
        assertEquals(-Errno.ESRCH, m.calls.getRobustList(m.task, -1, out, out));
        assertEquals(-Errno.EFAULT, m.calls.getRobustList(m.task, tid, 0, out));
        assertEquals(-Errno.EFAULT, m.calls.getRobustList(m.task, tid, out, 0));
        FutexCalls strict = FutexCalls.builder(m.tasks)
                .inspection((caller, target) -> caller == target)
                .build();
        assertEquals(-Errno.EPERM, strict.getRobustList(m.task, tid, 0, 0));
        m.storeLong(out, 0);
        assertEquals(0, strict.getRobustList(victim, tid, out, out + 8));
        assertEquals((int) HEAD, m.load(out));
    }

    @Test
    void lastHead_isReturnedAndWalked() {
        long out = m.scratch(16);
        m.store(word(0), tid);
        m.store(word(1), tid);
        list(entry(0));
        long other = m.scratch(24);
        m.storeLong(other, entry(1));
        m.storeLong(other + 8, OFFSET);
        m.storeLong(other + 16, 0);
        m.storeLong(entry(1), other);
        assertEquals(0, m.calls.setRobustList(victim, other, 24));
        assertEquals(0, m.calls.getRobustList(victim, 0, out, out + 8));
        assertEquals((int) other, m.load(out));
        victim.exit();
        assertEquals(tid, m.load(word(0)));
        assertEquals(OWNER_DIED, m.load(word(1)));
    }

    @Test
    void childsHead_isItsOwn() {
        long out = m.scratch(16);
        Task child = victim.fork(m.space.fork());
        assertEquals(0, m.calls.getRobustList(victim, child.pid(), out, out + 8));
        assertEquals(0, m.load(out), "none is inherited");
        assertEquals(0, m.calls.setRobustList(child, HEAD + 64, 24));
        assertEquals(0, m.calls.getRobustList(victim, child.pid(), out, out + 8));
        assertEquals((int) HEAD + 64, m.load(out));
        assertEquals(0, m.calls.getRobustList(child, tid, out, out + 8));
        assertEquals((int) HEAD, child.memory().load(out));
    }

    @Test
    void setRobustList_null_forgetsTheList() {
        long out = m.scratch(16);
        m.store(word(0), tid | WAITERS);
        list(entry(0));
        assertEquals(0, m.calls.setRobustList(victim, 0, 24));
        assertEquals(0, m.calls.getRobustList(victim, 0, out, out + 8));
        assertEquals(0, m.load(out));
        victim.exit();
        assertEquals(tid | WAITERS, m.load(word(0)));
    }

    /**
     * Returns calls whose permission check allows reading a child, which execs during the check and sets a new list.
     */
    private FutexCalls callsWhileAProgramStarts(Task child, int[] asked, boolean permittedAfterwards) {
        return FutexCalls.builder(m.tasks)
                .inspection((caller, target) -> {
                    if (asked[0]++ > 0) {
                        return permittedAfterwards;
                    }
                    child.exec(new AddressSpace());
                    assertEquals(0, m.calls.setRobustList(child, HEAD + 128, 24));
                    return true;
                })
                .build();
    }

    /** The old program may be read, but the one that the child starts during the check may not. */
    @Test
    void getRobustList_duringExec_usesThePermissionOfTheNewProgram() {
        long out = m.scratch(16);
        Task child = victim.fork(m.space.fork());
        assertEquals(0, m.calls.setRobustList(child, HEAD + 64, 24));
        FutexCalls calls = callsWhileAProgramStarts(child, new int[1], false);
        assertEquals(-Errno.EPERM, calls.getRobustList(victim, child.pid(), out, out + 8));
        assertEquals(0, m.load(out));
    }

    /** Both the old and the new program may be read. */
    @Test
    void getRobustList_duringExec_returnsTheNewList() {
        long out = m.scratch(16);
        Task child = victim.fork(m.space.fork());
        assertEquals(0, m.calls.setRobustList(child, HEAD + 64, 24));
        int[] asked = new int[1];
        FutexCalls calls = callsWhileAProgramStarts(child, asked, true);
        assertEquals(0, calls.getRobustList(victim, child.pid(), out, out + 8));
        assertEquals((int) HEAD + 128, m.load(out));
        assertEquals(2, asked[0]);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void list32_isWalkedInItsOwnLayout(boolean bigEndian) {
        ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096), order);
        Task small = m.tasks.spawn(memory);
        FutexCalls compat = FutexCalls.builder(m.tasks).abi(new Abi(32, order)).build();
        memory.store(0x100, 0x200); // head: one entry, offset -16, pending
        memory.store(0x104, -16);
        memory.store(0x108, 0x300);
        memory.store(0x200, 0x100);
        memory.store(0x1f0, small.tid());
        memory.store(0x2f0, small.tid() | WAITERS);
        assertEquals(0, compat.setRobustList(small, 0x100, 12));
        small.exit();
        assertEquals(OWNER_DIED, memory.load(0x1f0));
        assertEquals(WAITERS | OWNER_DIED, memory.load(0x2f0));
    }

    @Test
    void exit_walksTheListOnceAndForgetsIt() {
        m.store(word(0), tid);
        list(entry(0));
        victim.exit();
        m.store(word(0), tid);
        victim.exit();
        assertEquals(tid, m.load(word(0)));
    }

    @Test
    void waiterThatArrivesDuringTheWalk_isWoken() {
        FlatMemory words = FlatMemory.of(ByteBuffer.allocateDirect(4096));
        AtomicReference<Runnable> once = new AtomicReference<>(() -> {});
        FutexMemory memory = new FutexMemory() {
            @Override
            public int load(long address) {
                return words.load(address);
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                once.getAndSet(() -> {}).run();
                return words.compareAndExchange(address, expected, desired);
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                return words.sharedKey(address, access);
            }
        };
        Task dying = m.tasks.spawn(memory);
        Task other = m.tasks.spawn(memory);
        int locked = dying.tid();
        GuestMemory guest = new GuestMemory(words, Abi.LP64);
        guest.storeWord(64, 144);
        guest.storeWord(72, -16);
        guest.storeWord(144, 64);
        guest.storeInt(128, locked);
        assertEquals(0, m.calls.setRobustList(dying, 64, 24));
        AtomicReference<FutexCall> waiter = new AtomicReference<>();
        once.set(() -> {
            guest.storeInt(128, locked | WAITERS);
            waiter.set(m.start(other, 128, WAIT, locked | WAITERS, 0, 0, 0));
        });
        Sleeper.of(() -> {
                    dying.exit();
                    return true;
                })
                .result();
        assertEquals(0, requireNonNull(waiter.get()).result());
        assertEquals(OWNER_DIED | WAITERS, words.load(128));
    }
}
