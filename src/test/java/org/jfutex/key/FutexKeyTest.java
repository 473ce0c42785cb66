package org.jfutex.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Tests of keys: equality, hashes, and predicates of ranges. */
class FutexKeyTest {

    /** A memory of zeroes without shared words. */
    private static final class Zeros implements FutexMemory {

        private final String name;

        Zeros(String name) {
            this.name = name;
        }

        @Override
        public int load(long address) {
            return 0;
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return 0;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return new AnonymousKey(this, address);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private record Inode(String name, long seed) implements MappedObject {
        @Override
        public String toString() {
            return name;
        }
    }

    private final Zeros mm = new Zeros("mm");
    private final Zeros child = new Zeros("child");
    private final MappedObject file = new Inode("file", 5);

    @Test
    void equals_sameKindOwnerAndPosition_isTrue() {
        List<FutexKey> all = List.of(
                new PrivateKey(mm, 8),
                new PrivateKey(mm, 12),
                new PrivateKey(child, 8),
                new AnonymousKey(mm, 8),
                new AnonymousKey(mm, 12),
                new AnonymousKey(child, 8),
                new SharedKey(file, 0, 8),
                new SharedKey(file, 0, 12),
                new SharedKey(file, 1, 8),
                new SharedKey(new Inode("file", 5), 0, 8)); // equal as a record, but a different inode
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < all.size(); j++) {
                assertEquals(i == j, all.get(i).equals(all.get(j)), all.get(i) + " and " + all.get(j));
            }
            assertNotEquals(all.get(i), mm);
        }
        List<FutexKey> again = List.of(new PrivateKey(mm, 8), new AnonymousKey(mm, 8), new SharedKey(file, 0, 8));
        for (FutexKey key : again) {
            FutexKey same = all.get(all.indexOf(key));
            assertEquals(same.hash(), key.hash());
            assertEquals(same.hashCode(), key.hashCode());
            assertEquals(Long.hashCode(key.hash()), key.hashCode());
        }
    }

    @Test
    void hashDifferenceWithinOwnerEqualsPositionDifference() {
        assertEquals(4096, new PrivateKey(mm, 4104).hash() - new PrivateKey(mm, 8).hash());
        assertEquals(4096, new AnonymousKey(mm, 4104).hash() - new AnonymousKey(mm, 8).hash());
        assertEquals(4096, new SharedKey(file, 1, 8).hash() - new SharedKey(file, 0, 8).hash());

        assertEquals(new PrivateKey(mm, 8).hash(), PrivateKey.hash(mm, 8));
        assertEquals(new AnonymousKey(mm, 8).hash(), AnonymousKey.hash(mm, 8));
        assertEquals(new SharedKey(file, 2, 8).hash(), SharedKey.hash(file, 2 * 4096 + 8));

        assertEquals(1, SharedKey.hash(new Inode("next", 6), 8) - SharedKey.hash(file, 8));
        assertEquals(mm.hashSeed() + 8, PrivateKey.hash(mm, 8));
        assertEquals(Hash.ANONYMOUS, AnonymousKey.hash(mm, 8) - PrivateKey.hash(mm, 8));
        assertEquals(Hash.SHARED, SharedKey.hash(file, 8) - file.seed() - 8);
    }

    @Test
    void defaultSeedsDependOnIdentity() {
        long golden = 0x9E37_79B9_7F4A_7C15L;
        assertEquals(System.identityHashCode(mm) * golden, mm.hashSeed());
        MappedObject object = new MappedObject() {};
        assertEquals(System.identityHashCode(object) * golden, object.seed());
        assertEquals(mm.sharedKey(8, Access.READ).hash(), mm.sharedHash(8, Access.READ));
    }

    @Test
    void toString_ofKey_containsKindPositionAndOwner() {
        assertEquals("private 0x1f in mm", new PrivateKey(mm, 31).toString());
        assertEquals("anonymous 0x1f in mm", new AnonymousKey(mm, 31).toString());
        assertEquals("shared page 3 offset 0x1f of file", new SharedKey(file, 3, 31).toString());
    }

    @Test
    void sharedKeyAcceptsExactlyValidPositions() {
        long lastPage = Long.MAX_VALUE / 4096;
        SharedKey last = SharedKey.at(file, Long.MAX_VALUE);
        assertEquals(new SharedKey(file, lastPage, 4095), last);
        assertEquals(Long.MAX_VALUE, last.position());
        assertEquals(new SharedKey(file, 0, 0), SharedKey.at(file, 0));
        assertEquals(new SharedKey(file, 1, 0), SharedKey.at(file, 4096));
        assertEquals(4096 + 8, new SharedKey(file, 1, 8).position());

        refused("position -1 is negative", () -> SharedKey.at(file, -1));
        refused("pgoff -1 is not a page of an object", () -> new SharedKey(file, -1, 0));
        refused("pgoff " + (lastPage + 1) + " is not a page of an object", () -> new SharedKey(file, lastPage + 1, 0));
        refused("offset -1 is not within a page of 4096 bytes", () -> new SharedKey(file, 0, -1));
        refused("offset 4096 is not within a page of 4096 bytes", () -> new SharedKey(file, 0, 4096));
    }

    private static void refused(String message, Runnable what) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, what::run).getMessage());
    }

    @Test
    @SuppressWarnings("NullAway") // passes null on purpose
    void nullOwnerIsRejected() {
        assertThrows(NullPointerException.class, () -> new PrivateKey(null, 8));
        assertThrows(NullPointerException.class, () -> new AnonymousKey(null, 8));
        assertThrows(NullPointerException.class, () -> new SharedKey(null, 0, 8));
    }

    @Test
    void memoryRangeMatchesPrivateAndAnonymousKeys() {
        Predicate<FutexKey> range = FutexKey.within(mm, 0x1000, 0x1000);
        for (long address : new long[] {0x1000, 0x1ffc}) {
            assertTrue(range.test(new PrivateKey(mm, address)));
            assertTrue(range.test(new AnonymousKey(mm, address)));
            assertFalse(range.test(new PrivateKey(child, address)));
            assertFalse(range.test(new AnonymousKey(child, address)));
            assertFalse(range.test(SharedKey.at(file, address)));
        }
        for (long address : new long[] {0xffc, 0x2000}) {
            assertFalse(range.test(new PrivateKey(mm, address)));
            assertFalse(range.test(new AnonymousKey(mm, address)));
        }
        for (long address : new long[] {0, 8, -4096}) {
            assertTrue(FutexKey.in(mm).test(new PrivateKey(mm, address)));
            assertTrue(FutexKey.in(mm).test(new AnonymousKey(mm, address)));
            assertFalse(FutexKey.in(mm).test(new PrivateKey(child, address)));
        }
    }

    @Test
    void objectRangeMatchesItsSharedKeys() {
        Predicate<FutexKey> range = FutexKey.of(file, 0x1000, 0x1000);
        assertTrue(range.test(SharedKey.at(file, 0x1000)));
        assertTrue(range.test(SharedKey.at(file, 0x1ffc)));
        assertFalse(range.test(SharedKey.at(file, 0xffc)));
        assertFalse(range.test(SharedKey.at(file, 0x2000)));
        assertFalse(range.test(SharedKey.at(new Inode("file", 5), 0x1000)));
        assertFalse(range.test(new PrivateKey(mm, 0x1000)));
        assertTrue(FutexKey.of(file).test(SharedKey.at(file, 0)));
        assertTrue(FutexKey.of(file).test(SharedKey.at(file, 1L << 60)));
        assertFalse(FutexKey.of(file).test(SharedKey.at(new Inode("file", 5), 0)));
    }

    @Test
    void faultContainsAddressAndAccess() {
        MemoryFaultException e = new MemoryFaultException(0x1002, Access.WRITE);
        assertEquals("no write access at 0x1002", e.getMessage());
        assertEquals(0x1002, e.address());
        assertEquals(Access.WRITE, e.access());
        assertEquals("no read access at 0x8", new MemoryFaultException(8, Access.READ).getMessage());
    }
}
