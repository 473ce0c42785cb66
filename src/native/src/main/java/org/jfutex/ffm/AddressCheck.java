package org.jfutex.ffm;

import org.jfutex.key.Access;

/**
 * Says which addresses of a guest may be accessed. An emulator that reserves the whole address space of its guest
 * implements this interface with its own page table.
 *
 * <p>An access to a page that the host has not mapped ends the JVM. So the answer must stay true until the access is
 * over: an emulator unmaps a page of the host only when no thread accesses it.
 */
@FunctionalInterface
public interface AddressCheck {

    /**
     * Returns whether a word may be accessed.
     *
     * @param address the address of the guest, in bytes, a multiple of the length
     * @param length the length of the word in bytes; a word narrower than 32 bits is accessed as the 32 bits around it
     * @param access the access
     * @return false if the access faults
     */
    boolean permits(long address, int length, Access access);
}
