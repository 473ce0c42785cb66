package org.jfutex.conformance;

import java.util.List;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.replay.Stage;
import org.jspecify.annotations.Nullable;

/** The memory under test; see {@link FutexConformance}. */
interface Subject {

    FutexMemory memory();

    FutexMemory another();

    long base();

    List<Place> aliases();

    List<Place> strangers();

    @Nullable
    FutexMemory fork(FutexMemory parent);

    @Nullable
    Long missingAddress();

    FutexConformance.@Nullable Remappable remappable(MappingListener listener);

    Stage stage();

    /** Returns the address of a word with an index, in units of 32 bits from the base. */
    default long word(int index) {
        return base() + 4L * index;
    }
}
