package org.jfutex.conformance;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.WaitWord;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.Test;

/** Tests of the operations on a memory. */
interface WaitRules extends Subject {

    @Test
    default void waitSleepsOnlyOnExpectedValue() {
        FutexTable table = new FutexTable();
        for (Scope scope : Scope.values()) {
            assertEquals(
                    WaitResult.VALUE_DIFFERS,
                    table.prepare(memory(), base(), scope, 1).poll());
            assertNull(table.prepare(memory(), base(), scope, 0).poll());
            assertEquals(1, table.waiterCount(memory(), base(), scope));
        }
    }

    @Test
    default void misalignedWordIsRejected() {
        FutexTable table = new FutexTable();
        for (Scope scope : Scope.values()) {
            assertThrows(IllegalArgumentException.class, () -> table.prepare(memory(), base() + 2, scope, 0));
            assertThrows(IllegalArgumentException.class, () -> table.wake(memory(), base() + 1, scope, 1));
        }
    }

    @Test
    default void missingWordFaultsAndQueuesNoWaiter() {
        Long missing = missingAddress();
        if (missing != null) {
            FutexTable table = new FutexTable();
            for (Scope scope : Scope.values()) {
                assertThrows(MemoryFaultException.class, () -> table.prepare(memory(), missing, scope, 0));
            }
            assertThrows(MemoryFaultException.class, () -> table.wake(memory(), missing, SHARED, 1));
            assertEquals(List.of(), table.waiters());
        }
    }

    @Test
    default void compareAndRequeueMovesOnlyOnExpectedValue() {
        FutexTable table = new FutexTable();
        for (Scope scope : Scope.values()) {
            PreparedWait first = FutexConformance.wait(table, new Place(memory(), base()), scope);
            PreparedWait second = FutexConformance.wait(table, new Place(memory(), base()), scope);
            assertEquals(
                    new RequeueResult(true, 0, 0),
                    table.compareAndRequeue(memory(), base(), word(1), scope, WordSize.U32, 1, 9, 1));
            assertEquals(
                    new RequeueResult(false, 1, 1),
                    table.compareAndRequeue(memory(), base(), word(1), scope, WordSize.U32, 1, 9, 0));
            assertEquals(WaitResult.WOKEN, first.poll());
            assertEquals(0, table.wake(memory(), base(), scope, 1));
            assertEquals(1, table.wake(memory(), word(1), scope, 1));
            assertEquals(WaitResult.WOKEN, second.poll());
        }
    }

    /** OFFTKP/felix86 267, Uros 325: a wait on several words is missing. */
    @Test
    default void waitvReturnsIndexOfWokenWord() {
        FutexTable table = new FutexTable();
        List<WaitWord> words = List.of(
                new WaitWord(base(), PRIVATE, 0), new WaitWord(word(1), SHARED, 0), new WaitWord(word(2), PRIVATE, 0));
        PreparedWait wait = table.prepareAny(memory(), words, 0);
        assertEquals(1, table.wake(memory(), word(1), SHARED, 9));
        assertEquals(WaitResult.WOKEN, wait.poll());
        assertEquals(1, wait.index());
        assertEquals(List.of(), table.waiters());
    }

    /** kiyoka/Emulin 740, qilingframework/qiling 543: bitsets are ignored. */
    @Test
    default void bitsetSelectsWaitersOfWord() {
        FutexTable table = new FutexTable();
        PreparedWait one = table.prepare(memory(), base(), PRIVATE, 0L, WaitOptions.DEFAULT.bitset(1));
        PreparedWait two = table.prepare(memory(), base(), PRIVATE, 0L, WaitOptions.DEFAULT.bitset(2));
        assertEquals(1, table.wake(memory(), base(), PRIVATE, 9, WaitOptions.DEFAULT.bitset(6)));
        assertNull(one.poll());
        assertEquals(WaitResult.WOKEN, two.poll());
        assertEquals(1, table.wake(memory(), base(), PRIVATE, 9));
    }

    @Test
    default void closingMemoryEndsItsWaits() {
        FutexTable table = new FutexTable();
        PreparedWait byAddress = FutexConformance.wait(table, new Place(memory(), base()), PRIVATE);
        PreparedWait shared = FutexConformance.wait(table, new Place(memory(), base()), SHARED);
        assertEquals(2, table.cancel(memory()));
        assertEquals(WaitResult.CANCELLED, byAddress.poll());
        assertEquals(WaitResult.CANCELLED, shared.poll());
        assertEquals(List.of(), table.waiters());
    }
}
