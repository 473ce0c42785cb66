package org.jfutex.key;

/**
 * An object that can be mapped and thereby shared: an inode, a shared memory segment, a WebAssembly shared memory.
 *
 * <p>Only the identity of a mapped object matters. All descriptors, hard links and attachments of one inode must yield
 * one instance, and an instance is never reused for another inode. Keys refer to their object, so the garbage collector
 * replaces the reference counts of Linux. Dumps show the object by its {@code toString}.
 */
public interface MappedObject {

    /**
     * Returns a number that separates the words of different objects in a hash table; a random 64-bit number is best.
     *
     * @return a number that never changes for one object
     */
    default long seed() {
        return Hash.seed(this);
    }
}
