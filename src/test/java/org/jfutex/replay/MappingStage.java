package org.jfutex.replay;

import org.jfutex.key.FutexMemory;
import org.jfutex.memory.KeyRule;

/** A stage whose mappings change while programs run. */
public interface MappingStage extends Stage {

    /**
     * A stage of {@linkplain org.jfutex.memory.AddressSpace address spaces} that has every region.
     *
     * @param keys how they name their words
     * @return the stage
     */
    static MappingStage ofAddressSpaces(KeyRule keys) {
        return Rule.of(keys);
    }

    /**
     * Moves a region to {@value Region#MOVED} bytes above its first place, which must be free for this on every such stage: mremap(2).
     *
     * @param memory one of the two memories
     * @param region a region that is in its first place, both pages
     */
    void move(FutexMemory memory, Region region);

    /**
     * Removes whatever is mapped at a region's first place: munmap(2).
     *
     * @param memory one of the two memories
     * @param region the region
     */
    void unmap(FutexMemory memory, Region region);

    /**
     * Changes the protection of a region: mprotect(2).
     *
     * @param memory one of the two memories
     * @param region the region
     * @param readable whether it can be read from now on
     * @param writable whether it can be written, too
     * @return false if it is not in its first place any more
     */
    boolean protect(FutexMemory memory, Region region, boolean readable, boolean writable);
}
