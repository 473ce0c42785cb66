package org.jfutex.key;

import static java.util.Objects.requireNonNull;

/**
 * Memory that is not there, or that forbids the access: what a processor would call a page fault that nobody can serve.
 *
 * <p>Nothing has changed when it is thrown. {@code org.jfutex.linux} turns it into EFAULT.
 */
public final class MemoryFaultException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Where. */
    private final long address;

    /** What was tried. */
    private final Access access;

    /**
     * Says where and what was tried.
     *
     * @param address the address that was accessed
     * @param access what was tried
     */
    public MemoryFaultException(long address, Access access) {
        super("no " + (requireNonNull(access, "access") == Access.READ ? "read" : "write") + " access at 0x"
                + Long.toHexString(address));
        this.address = address;
        this.access = access;
    }

    /**
     * Where.
     *
     * @return the address that was accessed
     */
    public long address() {
        return address;
    }

    /**
     * What was tried.
     *
     * @return the access that is not to be had there
     */
    public Access access() {
        return access;
    }
}
