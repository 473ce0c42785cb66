package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.OptionalLong;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.Protection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the NUMA and MPOL flags of the calls since 6.7, on a machine with one node. */
class NumaTest {

    private static final int NONE = -1;

    private final Machine m = new Machine();

    private long wake(long address, int flags) {
        return m.calls.futexWake(m.task, address, 1, 1, flags);
    }

    private FutexCall sleeper(long address, int flags) {
        return m.calls.prepareFutexWait(m.task.newThread(), address, 0, 1, flags, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {U32 | NUMA, U32 | NUMA | MPOL})
    void sharedWord_numaAndPlainCallsMeet(int flags) {
        for (long at : new long[] {P, S}) {
            FutexCall plain = sleeper(at, U32);
            assertEquals(1, wake(at, flags));
            assertEquals(0, plain.result());
            FutexCall numa = sleeper(at, flags);
            assertEquals(1, wake(at, U32));
            assertEquals(0, numa.result());
        }
    }

    @Test
    void lockPi_ofASharedWordWithANumaWaiter_isInvalid() {
        sleeper(S, U32 | NUMA);
        m.store(S, m.task.newThread().tid());
        assertEquals(-Errno.EINVAL, m.calls.futex(m.task, S, FutexConstants.FUTEX_LOCK_PI, 0, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {U32 | NUMA | PRIVATE_FLAG, U32 | NUMA | MPOL | PRIVATE_FLAG})
    void privateNumaWake_reachesOnlyTheNumaWaiter(int flags) {
        for (long at : new long[] {P, S}) {
            m.store(at + 4, NONE);
            FutexCall plain = sleeper(at, flags & ~(NUMA | MPOL));
            assertEquals(0, wake(at, flags));
            FutexCall numa = sleeper(at, flags);
            assertEquals(1, wake(at, flags & ~(NUMA | MPOL)));
            assertEquals(0, plain.result());
            assertFalse(numa.isDone());
            assertEquals(0, wake(at, flags & ~(NUMA | MPOL)));
            assertEquals(1, wake(at, flags));
            assertEquals(0, numa.result());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void restart_readsTheNodeAgain(boolean many) {
        int flags = U32 | NUMA;
        for (int node : new int[] {NONE, 77}) {
            m.store(P + 4, NONE);
            FutexCall call = many
                    ? m.calls.prepareFutexWaitv(m.task, m.waitv(0, P, flags), 1, 0, 0, 0)
                    : m.calls.prepareFutexWait(m.task, P, 0, 1, flags, 0, 0);
            call.suspend();
            m.store(P + 4, node);
            call.resume(SignalDisposition.NO_HANDLER);
            if (node == NONE) {
                assertEquals(0, m.load(P + 4));
                assertEquals(1, wake(P, flags));
            }
            assertEquals(node == NONE ? 0 : -Errno.EINVAL, call.result());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {P, S})
    void waiters_ofAWaitv_showTheirWords(long at) {
        m.vector(m.waitv(0, at, U32 | NUMA, 0, at + 8, U32), 2);
        m.store(at, 5);
        m.store(at + 8, 5);
        var words = m.tasks.table().waiters();
        assertEquals(2, words.size());
        words.forEach(w -> assertEquals(OptionalLong.of(5), w.actual(), w::toString));
    }

    @Test
    void everyOperationThatComputesTheKey_writesTheNode() {
        m.store(P + 4, NONE);
        assertEquals(0, m.calls.futexWake(m.task, P, 1, 0, U32 | NUMA));
        assertEquals(0, m.load(P + 4));
        m.store(P + 4, NONE);
        assertEquals(-Errno.EAGAIN, m.calls.futexWait(m.task, P, 7, 1, U32 | NUMA, 0, 0));
        assertEquals(0, m.load(P + 4));
        m.store(P + 4, NONE);
        m.store(P + 12, NONE);
        assertEquals(0, m.calls.futexRequeue(m.task, m.waitv(0, P, U32 | NUMA, 0, P + 8, U32 | NUMA), 0, 0, 1));
        assertEquals(0, m.load(P + 4));
        assertEquals(0, m.load(P + 12));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 77, -2})
    void unknownNode_isRejected(int node) {
        m.store(P + 4, node);
        assertEquals(-Errno.EINVAL, wake(P, U32 | NUMA));
        assertEquals(node, m.load(P + 4));
    }

    @Test
    void numaWord_requiresEightByteAlignment() {
        assertEquals(-Errno.EINVAL, wake(P + 4, U32 | NUMA));
        assertEquals(-Errno.EINVAL, wake(HOLE + 4, U32 | NUMA));
        assertEquals(-Errno.EFAULT, wake(HOLE, U32 | NUMA | PRIVATE_FLAG));
        assertEquals(-Errno.EFAULT, wake(KERNEL, U32 | NUMA | PRIVATE_FLAG));
        assertEquals(0, wake(P + 4, U32 | MPOL));
    }

    @Test
    void readOnlyPage_nodeMustBeWritten_faults() {
        m.store(P + 12, NONE);
        m.space.protect(P, PAGES, Protection.READ);
        assertEquals(0, wake(P, U32 | NUMA | PRIVATE_FLAG));
        assertEquals(-Errno.EFAULT, wake(P + 8, U32 | NUMA | PRIVATE_FLAG));
    }

    @Test
    void requeueMovesBetweenNumaWords() {
        int flags = U32 | NUMA | PRIVATE_FLAG;
        FutexCall call = sleeper(P, flags);
        assertEquals(1, m.calls.futexRequeue(m.task, m.waitv(0, P, flags, 0, S, flags), 0, 0, 1));
        assertEquals(0, wake(S, U32 | PRIVATE_FLAG));
        assertEquals(1, wake(S, flags));
        assertEquals(0, call.result());
    }

    @Test
    void requeue_checksTheFirstWordBeforeTheSecond() {
        m.store(P + 4, NONE);
        assertEquals(
                -Errno.EFAULT, m.calls.futexRequeue(m.task, m.waitv(0, P, U32 | NUMA, 0, HOLE, U32 | NUMA), 0, 0, 1));
        assertEquals(0, m.load(P + 4));
    }

    @Test
    void closingTheBase_endsWaitsThroughNestedViews() {
        FutexMemory view = new FutexMemory() {
            @Override
            public int load(long address) {
                return m.load(address);
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                return m.space.compareAndExchange(address, expected, desired);
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                return m.space.sharedKey(address, access);
            }

            @Override
            public FutexMemory underlying() {
                return m.space;
            }
        };
        Task task = m.tasks.spawn(view);
        m.calls.prepareFutexWait(task, P, 0, 1, U32 | NUMA | PRIVATE_FLAG, 0, 0);
        m.calls.prepareFutexWaitv(task.newThread(), m.waitv(0, P, U32_PRIVATE), 1, 0, 0, 0);
        m.calls.prepareFutexWait(task.newThread(), P, 0, 1, U32_PRIVATE, 0, 0);
        assertEquals(3, m.tasks.table().cancel(m.space));
    }

    @Test
    void wake_waitersOfManyThreads_wakesAll() {
        for (int i = 0; i < 64; i++) {
            sleeper(P, U32 | NUMA | PRIVATE_FLAG);
        }
        assertEquals(64, m.calls.futexWake(m.task, P, 1, ALL, U32 | NUMA | PRIVATE_FLAG));
    }
}
