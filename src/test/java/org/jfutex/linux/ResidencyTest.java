package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jfutex.key.Access;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Protection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests operations that Linux runs with page faults disabled. The recordings of kinds {@code args}, {@code vm2} and
 * {@code fork} have each of these results.
 */
class ResidencyTest {

    private static final long FILE = 0x50_0000;
    private static final long STACK = 0x7000_0000;
    private static final int ADD_ONE = 1 << 12; // WAKE_OP: *uaddr2 += 1, then compare with 0

    private final Machine m = new Machine();
    private final OpenFile file = new MemoryFile("file", PAGES).open(Access.WRITE);

    private void mapReadOnlyFile() {
        m.space.map(MapRequest.file(file, 0, PAGES).shared().at(FILE));
        m.store(FILE, m.task.tid());
        m.space.map(MapRequest.file(file, 0, PAGES).protection(Protection.READ).at(FILE));
    }

    private void mapStack() {
        m.space.map(MapRequest.anonymous(PAGES).growingDown().at(STACK));
    }

    @ParameterizedTest
    @ValueSource(ints = {LOCK_PI, LOCK_PI2, TRYLOCK_PI})
    void privatePi_readOnlyPage_faultsUntilItIsResident(int op) {
        mapReadOnlyFile();
        assertEquals(-Errno.EFAULT, m.futex(FILE, op | PRIVATE_FLAG, 0));
        assertEquals(m.task.tid(), m.load(FILE));
        assertEquals(-Errno.EDEADLK, m.futex(FILE, op | PRIVATE_FLAG, 0));
    }

    @Test
    void sharedWake_makesAReadOnlyPageResident() {
        mapReadOnlyFile();
        assertEquals(0, m.futex(FILE, WAKE, 1));
        assertEquals(-Errno.EDEADLK, m.futex(FILE, TRYLOCK_PI | PRIVATE_FLAG, 0));
    }

    @Test
    void requeuePi_readOnlyTarget_faultsUntilItIsResident() {
        mapReadOnlyFile();
        m.store(P, 7);
        assertEquals(-Errno.EAGAIN, m.futex(P, CMP_REQUEUE_PI | PRIVATE_FLAG, 1, 1, FILE, 8));
        assertEquals(-Errno.EFAULT, m.futex(P, CMP_REQUEUE_PI | PRIVATE_FLAG, 1, 1, FILE, 7));
        m.load(FILE);
        assertEquals(0, m.futex(P, CMP_REQUEUE_PI | PRIVATE_FLAG, 1, 1, FILE, 7));
    }

    @ParameterizedTest
    @ValueSource(ints = {LOCK_PI, TRYLOCK_PI})
    void privatePi_belowAStack_faultsAndDoesNotExtendIt(int op) {
        mapStack();
        assertEquals(-Errno.EFAULT, m.futex(STACK - 4, op | PRIVATE_FLAG, 0));
        assertNull(m.space.vmaAt(STACK - 4));
        assertEquals(0, m.load(STACK - 4)); // a plain access extends the stack
        assertEquals(0, m.futex(STACK - 4, op | PRIVATE_FLAG, 0));
    }

    @Test
    void privateWakeOp_secondWordBelowAStack_faultsAndDoesNotExtendIt() {
        mapStack();
        assertEquals(-Errno.EFAULT, m.futex(P, WAKE_OP | PRIVATE_FLAG, 1, 1, STACK - 4, 1 << 28 | ADD_ONE));
        assertNull(m.space.vmaAt(STACK - 4));
        assertEquals(0, m.futex(STACK - 4, WAIT | PRIVATE_FLAG, 1) + Errno.EAGAIN); // a wait extends the stack
        assertEquals(0, m.futex(P, WAKE_OP | PRIVATE_FLAG, 1, 1, STACK - 4, 1 << 28 | ADD_ONE));
        assertEquals(1, m.load(STACK - 4));
    }
}
