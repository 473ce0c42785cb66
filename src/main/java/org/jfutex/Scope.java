package org.jfutex;

/**
 * How an operation names its word: by address alone, or by what is mapped there.
 *
 * <p>A private operation and a shared one never meet, not even on the same word. Source: futex(2), FUTEX_PRIVATE_FLAG.
 */
public enum Scope {
    /** Named {@code (memory, address)} without looking at the mapping; for threads of one address space. */
    PRIVATE,
    /** Named by the mapped object and the place in it; for everybody who maps the object. */
    SHARED
}
