package org.jfutex.conformance;

import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a memory of yours and a {@link FutexTable} do together what Linux does, among that what other emulators got wrong.
 *
 * <pre>{@code
 * class MyMemoryTest extends FutexConformance {
 *     protected FutexMemory newMemory() { return new MyMemory(4096); }
 * }
 * }</pre>
 *
 * <p>The suite needs JUnit 5. Override more if your memory can more: {@link #aliases} if it has shared mappings, {@link #fork} if it forks,
 * {@link #missingAddress} if something can be unmapped. What is not overridden is not tested.
 */
public abstract class FutexConformance implements WordRules, KeyRules, WaitRules, NamedBugs {

    /**
     * A word somewhere.
     *
     * @param memory an address space
     * @param address where in it the word lies
     */
    public record Place(FutexMemory memory, long address) {}

    private @Nullable FutexMemory memory;

    /** For subclasses. */
    protected FutexConformance() {}

    /**
     * Makes a memory of which 4096 bytes from {@link #base} on are zero, readable and writable.
     *
     * @return a new memory, which nobody else has
     */
    protected abstract FutexMemory newMemory();

    /**
     * Where in a new memory the 4096 bytes begin.
     *
     * @return a multiple of 8; 0 unless overridden
     */
    @Override
    public long base() {
        return 0;
    }

    /**
     * Places that are one word of one mapped object, at other addresses or in other memories.
     *
     * @return two or more places of one word that holds 0; none if there are no shared mappings
     */
    @Override
    public List<Place> aliases() {
        return List.of();
    }

    /**
     * Places that have the same address, or the same offset in an object, and are not one word.
     *
     * @return two or more places of words that hold 0; none if there are no shared mappings
     */
    @Override
    public List<Place> strangers() {
        return List.of();
    }

    /**
     * A copy of a memory as fork(2) makes it, private mappings copied on write.
     *
     * @param parent a memory of {@link #newMemory}
     * @return the child, null if memories do not fork
     */
    @Override
    public @Nullable FutexMemory fork(FutexMemory parent) {
        return null;
    }

    /**
     * An address at which a new memory has no word.
     *
     * @return a multiple of 8, null if there is none
     */
    @Override
    public @Nullable Long missingAddress() {
        return null;
    }

    @Override
    public final FutexMemory memory() {
        FutexMemory m = memory;
        if (m == null) {
            m = newMemory();
            memory = m;
        }
        return m;
    }

    @Override
    public final FutexMemory another() {
        return newMemory();
    }

    /** Queues a waiter on a word of the memory that holds 0. */
    static PreparedWait wait(FutexTable table, Place at, Scope scope) {
        return table.prepare(at.memory(), at.address(), scope, at.memory().load(at.address()));
    }
}
