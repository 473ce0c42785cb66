package org.jfutex.conformance;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.junit.jupiter.api.Test;

/** Tests of keys: which words are one futex. */
interface KeyRules extends Subject {

    @Test
    default void wordKeyIsStableAndDiffersFromNeighbours() {
        FutexKey key = memory().sharedKey(base(), Access.READ);
        memory().getAndSet(base(), 1);
        assertEquals(key, memory().sharedKey(base(), Access.WRITE));
        assertEquals(key.hashCode(), memory().sharedKey(base(), Access.READ).hashCode());
        assertNotEquals(key, memory().sharedKey(word(1), Access.READ));
    }

    @Test
    default void sharedHashEqualsKeyHashAndGrowsWithAddress() {
        for (Access access : Access.values()) {
            long first = memory().sharedHash(base(), access);
            assertEquals(memory().sharedKey(base(), access).hash(), first);
            assertEquals(first + word(1) - base(), memory().sharedHash(word(1), access));
        }
        assertEquals(memory().hashSeed(), memory().hashSeed());
    }

    @Test
    default void privateAndSharedKeysNeverMatch() {
        FutexTable table = new FutexTable();
        for (Scope scope : Scope.values()) {
            Scope other = scope == PRIVATE ? SHARED : PRIVATE;
            PreparedWait wait = FutexConformance.wait(table, new Place(memory(), base()), scope);
            assertEquals(0, table.wake(memory(), base(), other, 1));
            assertEquals(1, table.wake(memory(), base(), scope, 1));
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    /** kiyoka/Emulin 709, Starry 22 and 49, asterinas 3053: keys of private words omit the address space. */
    @Test
    default void equalAddressesInDifferentMemoriesAreDifferentWords() {
        FutexTable table = new FutexTable();
        FutexMemory other = another();
        for (Scope scope : Scope.values()) {
            PreparedWait wait = FutexConformance.wait(table, new Place(memory(), base()), scope);
            assertEquals(0, table.wake(other, base(), scope, 1));
            assertNull(wait.poll());
            assertEquals(1, table.wake(memory(), base(), scope, 1));
        }
    }

    /**
     * asterinas 2515, kiyoka/Emulin 788 and 838, DragonOS 1376, SerenityOS 4467, m-ou-se/atomic-wait 7,
     * microsoft/litebox 304, StarryOS: keys of shared words consist of the address, or shared words are not supported.
     */
    @Test
    default void sharedWordIsOneFutexAtAllAddresses() {
        assumeTrue(!aliases().isEmpty(), "no shared mappings");
        FutexTable table = new FutexTable();
        var places = aliases();
        for (Place from : places) {
            for (Place to : places) {
                PreparedWait wait = FutexConformance.wait(table, from, SHARED);
                assertEquals(1, table.wake(to.memory(), to.address(), SHARED, 2));
                assertEquals(WaitResult.WOKEN, wait.poll());
            }
        }
        places.get(0).memory().getAndSet(places.get(0).address(), 9);
        for (Place p : places) {
            assertEquals(9, p.memory().load(p.address()));
        }
    }

    @Test
    default void closingMemoryEndsOnlyItsOwnSharedWaits() {
        assumeTrue(!aliases().isEmpty(), "no shared mappings");
        FutexTable table = new FutexTable();
        var places = aliases();
        for (Place closing : places) {
            for (Place other : places) {
                PreparedWait first = FutexConformance.wait(table, other, SHARED);
                PreparedWait wait = FutexConformance.wait(table, closing, SHARED);
                boolean one = other.memory() == closing.memory();
                assertEquals(one ? 2 : 1, table.cancel(closing.memory()));
                assertEquals(WaitResult.CANCELLED, wait.poll());
                assertEquals(one ? 0 : 1, table.wake(other.memory(), other.address(), SHARED, 9));
                assertEquals(one ? WaitResult.CANCELLED : WaitResult.WOKEN, first.poll());
            }
        }
    }

    /**
     * kiyoka/Emulin 788, StarryOS: words of two objects at one address, or of two offsets, steal each other's wakes.
     */
    @Test
    default void differentSharedWordsNeverMatch() {
        assumeTrue(!strangers().isEmpty(), "no shared mappings");
        FutexTable table = new FutexTable();
        var places = strangers();
        for (Place from : places) {
            PreparedWait wait = FutexConformance.wait(table, from, SHARED);
            for (Place to : places) {
                if (!to.equals(from)) {
                    assertEquals(0, table.wake(to.memory(), to.address(), SHARED, 1));
                }
            }
            assertEquals(1, table.wake(from.memory(), from.address(), SHARED, 1));
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    /** Jamie Lokier's mail of 2003: page-based keys wake the wrong process after a fork. */
    @Test
    default void forkAndCopyOnWriteKeepPrivateWaitersSeparate() {
        FutexTable table = new FutexTable();
        FutexMemory parent = memory();
        for (Scope scope : Scope.values()) {
            PreparedWait wait = FutexConformance.wait(table, new Place(parent, base()), scope);
            FutexMemory child = fork(parent);
            assumeTrue(child != null, "memories do not fork");
            if (child != null) {
                assertEquals(0, table.wake(child, base(), scope, 1));
                int before = child.load(base());
                parent.getAndSet(base(), before + 1);
                assertEquals(before, child.load(base()));
                child.getAndSet(base(), before + 2);
                assertEquals(0, table.wake(child, base(), scope, 1));
                assertEquals(1, table.wake(parent, base(), scope, 1));
                assertEquals(WaitResult.WOKEN, wait.poll());
            }
        }
    }
}
