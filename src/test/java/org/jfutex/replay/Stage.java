package org.jfutex.replay;

import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * Where recorded programs are played: the memories of their two processes.
 *
 * <p>Who has not every {@link Region} leaves some out, and the programs are played without them.
 */
public interface Stage {

    /**
     * Makes the memory of process A, with zeroes in all regions that are here.
     *
     * @return a memory that nobody else has
     */
    FutexMemory newMemory();

    /**
     * Makes the memory of process B, a copy of A's as fork(2) makes it.
     *
     * @param parent what {@link #newMemory} made; some words may have been written since
     * @return the copy: private regions of its own, the shared ones in common with the parent
     */
    FutexMemory fork(FutexMemory parent);

    /**
     * Where a region begins, in both memories.
     *
     * @param region the region
     * @return its first address, a multiple of {@value Region#PAGE}; null if there is no such region here
     */
    @Nullable
    Long address(Region region);
}
