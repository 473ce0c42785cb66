package org.jfutex.replay;

import org.jfutex.key.FutexMemory;
import org.jfutex.memory.KeyRule;

/** A stage whose mappings change while programs run. */
public interface MappingStage extends Stage {

    /**
     * Returns a stage of {@linkplain org.jfutex.memory.AddressSpace address spaces} that has every region.
     *
     * @param keys the key rule of the address spaces
     * @return the stage
     */
    static MappingStage ofAddressSpaces(KeyRule keys) {
        return Rule.of(keys);
    }

    /**
     * Moves a region to {@value Region#MOVED} bytes above its first address, as mremap(2) does. That range must be free
     * on every such stage.
     *
     * @param memory one of the two memories
     * @param region a region whose two pages are at their first address
     */
    void move(FutexMemory memory, Region region);

    /**
     * Removes all mappings at a region's first address, as munmap(2) does.
     *
     * @param memory one of the two memories
     * @param region the region
     */
    void unmap(FutexMemory memory, Region region);

    /**
     * Changes the protection of a region, as mprotect(2) does.
     *
     * @param memory one of the two memories
     * @param region the region
     * @param readable whether the region can be read from now on
     * @param writable whether the region can be written from now on
     * @return false if the region is no longer at its first address
     */
    boolean protect(FutexMemory memory, Region region, boolean readable, boolean writable);
}
