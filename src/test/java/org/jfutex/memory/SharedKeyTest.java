package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.junit.jupiter.api.Test;

/** Tests of the keys of shared operations, and of the effects of a lookup on the page. */
class SharedKeyTest {

    private static final int PAGE = 4096;

    private final MemoryFile file = new MemoryFile("file", 4 * PAGE);

    private static AddressSpace space(KeyRule rule) {
        return new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(rule));
    }

    private static FutexKey key(AddressSpace space, long address) {
        return space.sharedKey(address, Access.READ);
    }

    @Test
    void sharedKeyContainsFilePageAndOffset() {
        for (KeyRule rule : KeyRule.values()) {
            AddressSpace space = space(rule);
            long at = space.map(
                    MapRequest.file(file.open(Access.WRITE), 1, 3 * PAGE).shared());
            assertEquals(new SharedKey(file, 2, 12), key(space, at + PAGE + 12));
            space.remapTo(at + PAGE, PAGE, PAGE, 0x10_0000);
            assertEquals(
                    new SharedKey(file, 2, 12),
                    key(space, 0x10_0000 + 12),
                    "the key does not change when the mapping moves");
            assertEquals(new SharedKey(file, 3, 0), key(space, at + 2 * PAGE));
        }
    }

    @Test
    void privateMemoryKeyContainsAddress() {
        for (KeyRule rule : KeyRule.values()) {
            AddressSpace space = space(rule);
            long at = space.map(MapRequest.anonymous(PAGE));
            assertEquals(new AnonymousKey(space, at + 8), key(space, at + 8));
            AddressSpace child = space.fork();
            assertEquals(new AnonymousKey(child, at + 8), key(child, at + 8));
            assertNotEquals(key(space, at + 8), key(child, at + 8));
        }
    }

    @Test
    void readOnlyMappingHasFileKeyExceptUnderVmShared() {
        for (KeyRule rule : KeyRule.values()) {
            AddressSpace space = space(rule);
            long at = space.map(
                    MapRequest.file(file.open(Access.READ), 0, PAGE).shared().protection(Protection.READ));
            FutexKey expected = rule == KeyRule.VM_SHARED ? new AnonymousKey(space, at) : new SharedKey(file, 0, 0);
            assertEquals(expected, key(space, at));
        }
    }

    @Test
    void rulesOf2003TouchNoPages() {
        AddressSpace space = space(KeyRule.VM_MAYSHARE);
        AddressSpace writer = space(KeyRule.VM_MAYSHARE);
        long at = space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE));
        long shared =
                writer.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared());
        assertEquals(new AnonymousKey(space, at), space.sharedKey(at, Access.WRITE));
        writer.store(shared, 5);
        assertEquals(5, space.load(at), "no page was copied");
    }

    @Test
    void linux2628LookupCopiesWritablePrivateFilePage() {
        AddressSpace space = space(KeyRule.LINUX_2_6_28);
        AddressSpace writer = space(KeyRule.LINUX_2_6_28);
        long at = space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE));
        long shared =
                writer.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared());
        assertEquals(new AnonymousKey(space, at), key(space, at));
        writer.store(shared, 5);
        assertEquals(0, space.load(at));
    }

    @Test
    void linux2628ReadOnlyPageHasFileKeyUntilCopied() {
        AddressSpace space = space(KeyRule.LINUX_2_6_28);
        long at = space.map(MapRequest.file(file.open(Access.READ), 1, PAGE).protection(Protection.READ));
        assertEquals(new SharedKey(file, 1, 4), key(space, at + 4));
        space.protect(at, PAGE, Protection.READ_WRITE);
        space.store(at, 1);
        assertEquals(new AnonymousKey(space, at + 4), key(space, at + 4));
        space.protect(at, PAGE, Protection.READ);
        assertThrows(MemoryFaultException.class, () -> key(space, at + 4));
        space.adviseDontNeed(at, PAGE);
        assertEquals(new SharedKey(file, 1, 4), key(space, at + 4));
    }

    @Test
    void stackGrowsOnlyUnderRulesOf2003() {
        long stack = 0x7ffe_0000_0000L;
        for (KeyRule rule : KeyRule.values()) {
            AddressSpace space = space(rule);
            space.map(MapRequest.anonymous(PAGE).growingDown().at(stack));
            if (rule == KeyRule.LINUX_2_6_28) {
                assertThrows(MemoryFaultException.class, () -> key(space, stack - 4));
                space.load(stack - 4);
            }
            assertEquals(new AnonymousKey(space, stack - 4), key(space, stack - 4));
            assertEquals(stack - PAGE, space.vmas().get(0).start());
        }
    }

    @Test
    void childHasOwnPrivateKeysAndCommonSharedKeys() {
        AddressSpace space = space(KeyRule.VM_MAYSHARE);
        long at = space.map(MapRequest.anonymous(PAGE).shared());
        assertEquals(key(space, at), key(space.fork(), at));
        assertTrue(key(space, at) instanceof SharedKey);
    }
}
