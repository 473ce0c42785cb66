package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jfutex.key.Access;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.Protection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the result of each operation on each kind of mapping, private and shared, with those of a kernel. */
class AddressMatrixTest {

    private static final long READ_ONLY_PRIVATE = 0x100_0000;
    private static final long READ_ONLY_TOUCHED = 0x110_0000;
    private static final long READ_ONLY_SHARED = 0x120_0000;
    private static final long WRITE_ONLY = 0x130_0000;
    private static final long NONE = 0x140_0000;
    private static final long FILE = 0x150_0000;
    private static final long CODE = 0x160_0000;
    private static final long STACK = 0x200_0000;

    private final Machine m = new Machine();

    @BeforeEach
    void mapPages() {
        m.map(READ_ONLY_PRIVATE, Protection.READ);
        m.map(READ_ONLY_TOUCHED, Protection.READ_WRITE);
        m.store(READ_ONLY_TOUCHED, 0);
        m.space.protect(READ_ONLY_TOUCHED, PAGES, Protection.READ);
        m.space.map(MapRequest.anonymous(PAGES).shared().at(READ_ONLY_SHARED).protection(Protection.READ));
        m.map(WRITE_ONLY, Protection.WRITE);
        m.map(NONE, Protection.NONE);
        MemoryFile file = new MemoryFile("file", 4096 + 100);
        m.space.map(
                MapRequest.file(file.open(Access.WRITE), 0, 3 * 4096).shared().at(FILE));
        m.space.map(MapRequest.file(file.open(Access.READ), 0, 4096).at(CODE).protection(Protection.READ));
        m.space.map(MapRequest.anonymous(4096).growingDown().at(STACK));
    }

    private long place(String mapping) {
        return switch (mapping) {
            case "null" -> 0;
            case "unmapped" -> HOLE;
            case "none" -> NONE;
            case "read-only private" -> READ_ONLY_PRIVATE;
            case "read-only touched" -> READ_ONLY_TOUCHED;
            case "read-only shared" -> READ_ONLY_SHARED;
            case "write-only" -> WRITE_ONLY;
            case "beyond the end" -> FILE + 2 * 4096;
            case "last partial page" -> FILE + 4096 + 200;
            case "kernel" -> KERNEL;
            case "non-canonical" -> 0x8000_0000_0000L;
            case "code" -> CODE;
            case "writable" -> P;
            case "writable shared" -> S;
            default -> throw new IllegalArgumentException(mapping);
        };
    }

    /** Each pair is private/shared. E is EFAULT, ok the result that depends on the value, - is 0 (no waiters). */
    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = """
            # mapping,         WAIT,     WAKE,     CMP_REQUEUE, changing, UNLOCK_PI
            null,              E  / E,  - / E,    E  / E,      E  / E,   E     / E
            unmapped,          E  / E,  - / E,    E  / E,      E  / E,   E     / E
            none,              E  / E,  - / E,    E  / E,      E  / E,   E     / E
            read-only private, ok / E,  - / E,    ok / E,      E  / E,   EPERM / EPERM
            read-only touched, ok / E,  - / E,    ok / E,      E  / E,   EPERM / EPERM
            read-only shared,  ok / ok, - / -,    ok / ok,     E  / E,   EPERM / EPERM
            write-only,        ok / ok, - / -,    ok / ok,     ok / ok,  EPERM / EPERM
            beyond the end,    E  / E,  - / E,    E  / E,      E  / E,   E     / E
            last partial page, ok / ok, - / -,    ok / ok,     ok / ok,  EPERM / EPERM
            kernel,            E  / E,  E / E,    E  / E,      E  / E,   E     / E
            non-canonical,     E  / E,  E / E,    E  / E,      E  / E,   E     / E
            code,              ok / ok, - / -,    ok / ok,     E  / E,   EPERM / EPERM
            writable,          ok / ok, - / -,    ok / ok,     ok / ok,  EPERM / EPERM
            writable shared,   ok / ok, - / -,    ok / ok,     ok / ok,  EPERM / EPERM
            """)
    void everyOperation_everyMapping_returnsTheKernelsResult(
            String mapping, String wait, String wake, String compare, String change, String unlock) {
        long at = place(mapping);
        for (int flag : new int[] {PRIVATE_FLAG, 0}) {
            int half = flag == 0 ? 1 : 0;
            String scope = flag == 0 ? "shared " : "private ";
            assertEquals(answer(wait, half, -Errno.EAGAIN), m.futex(at, WAIT | flag, 1), scope + "WAIT");
            assertEquals(answer(wake, half, 0), m.futex(at, WAKE | flag, 1), scope + "WAKE");
            assertEquals(answer(wake, half, 0), m.futex(at, REQUEUE | flag, 1, 1, P, 0), scope + "REQUEUE from");
            assertEquals(answer(wake, half, 0), m.futex(P, REQUEUE | flag, 1, 1, at, 0), scope + "REQUEUE to");
            assertEquals(
                    answer(compare, half, 0), m.futex(at, CMP_REQUEUE | flag, 1, 1, P + 8, 0), scope + "CMP_REQUEUE");
            assertEquals(answer(change, half, 0), m.futex(P, WAKE_OP | flag, 1, 1, at, 1 << 28), scope + "WAKE_OP");
            assertEquals(answer(change, half, 0), m.futex(at, TRYLOCK_PI | flag, 0), scope + "TRYLOCK_PI");
            if (answer(change, half, 0) == 0) {
                m.store(at, 0);
            }
            assertEquals(answer(unlock, half, 0), m.futex(at, UNLOCK_PI | flag, 0), scope + "UNLOCK_PI");
            assertEquals(answer(change, half, 0), m.futex(at, LOCK_PI | flag, 0), scope + "LOCK_PI");
            if (answer(change, half, 0) == 0) {
                m.store(at, 0);
            }
        }
    }

    private static long answer(String pair, int half, long ok) {
        int slash = pair.indexOf('/');
        String one = half == 0 ? pair.substring(0, slash) : pair.substring(slash + 1);
        return switch (one.trim()) {
            case "E" -> -Errno.EFAULT;
            case "EPERM" -> -Errno.EPERM;
            case "-" -> 0;
            default -> ok;
        };
    }

    @Test
    void privateWaitBelowAStackGrowsIt() {
        assertEquals(-Errno.EFAULT, m.futex(STACK - 8, WAIT, 1));
        assertEquals(-Errno.EFAULT, m.futex(STACK - 8, WAKE, 1));
        assertEquals(-Errno.EAGAIN, m.futex(STACK - 8, WAIT | PRIVATE_FLAG, 1));
        assertEquals(0, m.futex(STACK - 8, WAKE, 1));
    }

    @Test
    void lockWordOfRequeueWait_isReadOnlyBySharedOperations() {
        FutexCall waits = m.start(m.task.newThread(), P, WAIT_REQUEUE_PI | PRIVATE_FLAG, 0, 0, HOLE, 0);
        assertEquals(false, waits.isDone());
        assertEquals(-Errno.EFAULT, m.futex(P, WAIT_REQUEUE_PI, 0, 0, READ_ONLY_SHARED, 0));
        assertEquals(-Errno.EFAULT, m.futex(P, WAIT_REQUEUE_PI, 0, 0, HOLE, 0));
    }

    @Test
    void lockWordOfRequeue_noWaiters_isRead() {
        assertEquals(-Errno.EFAULT, m.futex(P, CMP_REQUEUE_PI | PRIVATE_FLAG, 1, 0, HOLE, 0));
        assertEquals(0, m.futex(P, CMP_REQUEUE_PI | PRIVATE_FLAG, 1, 0, READ_ONLY_TOUCHED, 0));
        assertEquals(-Errno.EFAULT, m.futex(P, CMP_REQUEUE_PI, 1, 0, READ_ONLY_TOUCHED, 0));
    }

    @Test
    void unlock_ownLockOnReadOnlyPage_faults() {
        assertEquals(0, m.futex(P, LOCK_PI, 0));
        m.space.protect(P, PAGES, Protection.READ);
        assertEquals(-Errno.EFAULT, m.futex(P, UNLOCK_PI, 0));
        assertEquals(-Errno.EFAULT, m.futex(P, UNLOCK_PI | PRIVATE_FLAG, 0));
    }
}
