package org.jfutex.memory;

/** What a mapping allows: PROT_NONE, PROT_READ, PROT_WRITE, and both. Execution is nobody's business here. */
public enum Protection {
    /** Nothing. */
    NONE,
    /** Reading. */
    READ,
    /** Writing; as on x86 that makes it readable, too. */
    WRITE,
    /** Reading and writing. */
    READ_WRITE;

    /**
     * Whether words can be read.
     *
     * @return true for all but {@link #NONE}
     */
    public boolean readable() {
        return this != NONE;
    }

    /**
     * Whether words can be written.
     *
     * @return true for {@link #WRITE} and {@link #READ_WRITE}
     */
    public boolean writable() {
        return this == WRITE || this == READ_WRITE;
    }
}
