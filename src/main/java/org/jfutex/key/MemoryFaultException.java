package org.jfutex.key;

import static java.util.Objects.requireNonNull;

/**
 * Thrown if memory is missing or forbids the access: a page fault that cannot be resolved.
 *
 * <p>The failed operation has changed nothing. {@code org.jfutex.linux} turns this exception into EFAULT.
 */
public final class MemoryFaultException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The address that was accessed. */
    private final long address;

    /** The access that failed. */
    private final Access access;

    /**
     * Creates an exception for an address and a kind of access.
     *
     * @param address the address that was accessed
     * @param access the access that failed
     */
    public MemoryFaultException(long address, Access access) {
        super("no " + (requireNonNull(access, "access") == Access.READ ? "read" : "write") + " access at 0x"
                + Long.toHexString(address));
        this.address = address;
        this.access = access;
    }

    /**
     * Returns the address that was accessed.
     *
     * @return the address
     */
    public long address() {
        return address;
    }

    /**
     * Returns the access that failed.
     *
     * @return the kind of access
     */
    public Access access() {
        return access;
    }
}
