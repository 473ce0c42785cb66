package org.jfutex.key;

/** What somebody wants to do with a word. */
public enum Access {
    /** Look at it. */
    READ,
    /** Change it. */
    WRITE
}
