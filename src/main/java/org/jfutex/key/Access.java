package org.jfutex.key;

/** A kind of access to a word: reading or writing. */
public enum Access {
    /** Reading. */
    READ,
    /** Writing, which includes reading and atomic updates. */
    WRITE
}
