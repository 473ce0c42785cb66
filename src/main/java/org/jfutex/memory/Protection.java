package org.jfutex.memory;

/** A protection of a mapping: PROT_NONE, PROT_READ, PROT_WRITE or both. Execution is not modelled. */
public enum Protection {
    /** No access. */
    NONE,
    /** Reading. */
    READ,
    /** Writing; as on x86, this includes reading. */
    WRITE,
    /** Reading and writing. */
    READ_WRITE;

    /**
     * Returns whether words can be read.
     *
     * @return true for all but {@link #NONE}
     */
    public boolean readable() {
        return this != NONE;
    }

    /**
     * Returns whether words can be written.
     *
     * @return true for {@link #WRITE} and {@link #READ_WRITE}
     */
    public boolean writable() {
        return this == WRITE || this == READ_WRITE;
    }
}
