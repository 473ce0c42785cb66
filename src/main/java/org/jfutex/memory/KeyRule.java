package org.jfutex.memory;

/**
 * Which words a shared operation names by their file: history has several answers.
 *
 * <p>The first two rules look at the mapping alone; the third looks at the page as well.
 */
public enum KeyRule {
    /**
     * The mail of 2 September 2003, taken literally: a mapping with VM_SHARED. A shared mapping made by a read-only descriptor has
     * lost that flag, so it does not meet the others.
     */
    VM_SHARED,
    /**
     * Linux 2.6.0 to 2.6.27, and the default: a mapping with VM_MAYSHARE, that is every mapping that was asked to be shared ("shared
     * read-only mappings should be futexable too", 5 September 2003).
     */
    VM_MAYSHARE,
    /**
     * Linux since 2.6.28: what page would a write find, else what page would a read find? A shared mapping is named by its file. A
     * writable private page is the memory's own, and a page of a file is copied at once for it. A private page that may only be read
     * is named by its file, or faults if there is no file behind it any more. A stack does not grow.
     */
    LINUX_2_6_28
}
