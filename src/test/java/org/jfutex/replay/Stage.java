package org.jfutex.replay;

import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * The memories of the two processes of a recorded program.
 *
 * <p>A stage may omit some of the {@linkplain Region regions}. The programs are then played without the steps on them.
 */
public interface Stage {

    /**
     * Creates the memory of process A, with zeros in all regions of this stage.
     *
     * @return a new memory
     */
    FutexMemory newMemory();

    /**
     * Creates the memory of process B, a copy of A's memory as by fork(2).
     *
     * @param parent a result of {@link #newMemory}; some of its words may have been written since
     * @return the copy, which has its own private regions and shares the shared ones with the parent
     */
    FutexMemory fork(FutexMemory parent);

    /**
     * Returns the address at which a region begins in both memories.
     *
     * @param region the region
     * @return its first address, a multiple of {@value Region#PAGE}; null if this stage does not have the region
     */
    @Nullable
    Long address(Region region);
}
