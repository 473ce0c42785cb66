package org.jfutex.memory;

/**
 * A change of mappings that an address space refuses because of what is, or is not, mapped there.
 *
 * <p>Wrong arguments are {@link IllegalArgumentException}; this is for arguments that would have been right elsewhere. Each reason
 * is one errno of the system call.
 */
public final class MappingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** Something in the range is not mapped: ENOMEM of mprotect and madvise, EFAULT of mremap. */
        NOT_MAPPED,
        /** Something is mapped where nothing may be replaced: EEXIST. */
        ALREADY_MAPPED,
        /** A descriptor or mapping that is read-only cannot be written: EACCES. */
        READ_ONLY,
        /** A private mapping cannot be duplicated: EINVAL of mremap. */
        PRIVATE,
        /** No free range is long enough, or it would not end within the user addresses: ENOMEM. */
        NO_ROOM
    }

    /** Why. */
    private final Reason reason;

    /** Where. */
    private final long address;

    MappingException(Reason reason, long address, String message) {
        super(message + " at 0x" + Long.toHexString(address));
        this.reason = reason;
        this.address = address;
    }

    /**
     * Why.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * Where.
     *
     * @return the first address that stands against it
     */
    public long address() {
        return address;
    }
}
