package org.jfutex.memory;

/**
 * A rule that decides which words get a file-based key in shared operations. Linux has changed this rule over time.
 *
 * <p>The first two rules depend on the mapping alone; the third depends on the page as well.
 */
public enum KeyRule {
    /**
     * Jamie Lokier's mail of 2 September 2003, taken literally: a mapping with VM_SHARED has file-based keys. A shared
     * mapping through a read-only descriptor has lost that flag, so its keys differ from those of the other mappings of
     * its file.
     */
    VM_SHARED,
    /**
     * Linux 2.6.0 to 2.6.27, and the default: a mapping with VM_MAYSHARE has file-based keys. That is every mapping
     * that was requested as shared ("shared read-only mappings should be futexable too", 5 September 2003).
     */
    VM_MAYSHARE,
    /**
     * Linux since 2.6.28: the page that a write would access decides, or, if the mapping is not writable, the page that
     * a read would access. A shared mapping has file-based keys.
     *
     * <p>In a private writable mapping, the key consists of the memory and the address. If the page still belongs to a
     * file, it is copied at once. In a private read-only mapping, a page of the file has a file-based key; any other
     * page faults. A stack does not grow.
     */
    LINUX_2_6_28
}
