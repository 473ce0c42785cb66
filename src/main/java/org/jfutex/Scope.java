package org.jfutex;

/**
 * The kind of key that an operation uses: the address alone, or the mapped object and offset.
 *
 * <p>A private operation and a shared one never find each other's waiters, even on the same word. Source: futex(2),
 * FUTEX_PRIVATE_FLAG.
 */
public enum Scope {
    /** Key {@code (memory, address)}, without a lookup of the mapping; for threads of one address space. */
    PRIVATE,
    /**
     * Key of the mapped object and the offset in it; for all threads of this JVM that map the object, in any (emulated)
     * process.
     */
    SHARED
}
