package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void something() {
        assertEquals(1, 1);
    }
}
