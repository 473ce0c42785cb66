package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SharedKeysTest {

    @ParameterizedTest
    @EnumSource(KeyRule.class)
    void writeLookupInReadOnlyMappingFaults(KeyRule rule) {
        AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(rule));
        OpenFile file = new MemoryFile("file", 4096).open(Access.WRITE);
        long word = space.map(MapRequest.file(file, 0, 4096).shared());
        assertEquals(space.sharedKey(word, Access.READ), space.sharedKey(word, Access.WRITE));

        space.protect(word, 4096, Protection.READ);
        space.sharedKey(word, Access.READ);
        assertThrows(MemoryFaultException.class, () -> space.sharedKey(word, Access.WRITE));
    }
}
