package org.jfutex.memory;

/** A mode of sharing: whether writes to a mapping reach its file and the other mappings of the file. */
public enum Sharing {
    /** MAP_PRIVATE: the first write to a page copies it. Neither VM_SHARED nor VM_MAYSHARE. */
    PRIVATE,
    /** MAP_SHARED: VM_SHARED, VM_MAYSHARE and VM_MAYWRITE. */
    SHARED,
    /** MAP_SHARED through a read-only descriptor: VM_MAYSHARE alone. The mapping can never become writable. */
    SHARED_READ_ONLY
}
