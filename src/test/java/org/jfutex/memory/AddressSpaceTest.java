package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.api.Test;

class AddressSpaceTest {

    private final AddressSpace space = new AddressSpace();

    @Test
    void anonymousMemoryReadsZeroAndHoldsWhatIsWritten() {
        long at = space.map(MapRequest.anonymous(8192));
        assertEquals(0, space.load(at));
        space.store(at, 7);
        assertEquals(7, space.load(at));
        assertThrows(MemoryFaultException.class, () -> space.load(at + 8192));
    }
}
