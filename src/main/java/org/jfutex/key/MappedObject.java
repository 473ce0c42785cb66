package org.jfutex.key;

/**
 * Something that can be mapped and thereby shared: an inode, a shared memory segment, a WebAssembly shared memory.
 *
 * <p>A mapped object is its identity and nothing else. Two descriptors, hard links or attachments of one inode must yield
 * one and the same instance; an instance is never used again for another inode. Keys hold their object, so the garbage
 * collector does what reference counts do in Linux. {@code toString} names the object in dumps.
 */
public interface MappedObject {

    /**
     * A number that keeps the words of different objects apart in a hash table.
     *
     * @return always the same for one object; best a random one of 64 bits
     */
    default long seed() {
        return Hash.seed(this);
    }
}
