package org.jfutex.memory;

/**
 * Thrown if an address space rejects a change because of its present mappings.
 *
 * <p>For arguments that are never valid, the space throws {@link IllegalArgumentException} instead. Each {@link Reason}
 * corresponds to an errno of the system call.
 */
public final class MappingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The reason why a change is rejected. */
    public enum Reason {
        /** A part of the range is not mapped: ENOMEM of mprotect and madvise, EFAULT of mremap. */
        NOT_MAPPED,
        /** A mapping occupies the range and must not be replaced: EEXIST. */
        ALREADY_MAPPED,
        /** A descriptor or mapping that is read-only cannot be written: EACCES. */
        READ_ONLY,
        /** A private mapping cannot be duplicated: EINVAL of mremap. */
        PRIVATE,
        /** No free range is long enough, or it would not end within the user addresses: ENOMEM. */
        NO_ROOM
    }

    /** The reason. */
    private final Reason reason;

    /** The first conflicting address. */
    private final long address;

    MappingException(Reason reason, long address, String message) {
        super(message + " at 0x" + Long.toHexString(address));
        this.reason = reason;
        this.address = address;
    }

    /**
     * Returns the reason of the rejection.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * Returns the address at which the conflict was found.
     *
     * @return the first conflicting address
     */
    public long address() {
        return address;
    }
}
