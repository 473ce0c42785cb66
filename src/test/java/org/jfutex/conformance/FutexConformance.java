package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.replay.Region;
import org.jfutex.replay.Stage;
import org.jspecify.annotations.Nullable;

/**
 * A test suite that checks whether your memory and a {@link FutexTable} together behave like Linux futexes. It includes
 * tests for faults that were reported against other emulators.
 *
 * <pre>{@code
 * class MyMemoryTest extends FutexConformance {
 *     protected FutexMemory newMemory() { return new MyMemory(8192); }
 * }
 * }</pre>
 *
 * <p>The suite needs JUnit 5 with the artifact {@code junit-jupiter}. To test optional capabilities of your memory,
 * override these methods: {@link #aliases} (shared mappings), {@link #strangers} (different shared words at equal
 * addresses), {@link #fork}, {@link #missingAddress} (unmapped addresses), {@link #remappable} (reports of changed
 * mappings), and {@link #stage} (several kinds of mappings). A capability that is not overridden is not tested.
 *
 * <p>The suite also runs programs whose results were recorded on Linux. Every memory runs the steps that use only
 * private anonymous memory; the output contains their number.
 */
@SuppressWarnings("ThreadPriorityCheck") // yields while it waits for another thread
public abstract class FutexConformance
        implements WordRules,
                KeyRules,
                MappingRules,
                WaitRules,
                NamedBugs,
                LeakBugs,
                StageBugs,
                LockBugs,
                RecordedPrograms {

    /**
     * A location of a word.
     *
     * @param memory an address space
     * @param address the address of the word in it
     */
    public record Place(FutexMemory memory, long address) {}

    /** A memory that reports changes of its mappings, with two operations that change them. */
    public interface Remappable {

        /**
         * Returns the memory.
         *
         * @return the memory; every call returns one instance
         */
        FutexMemory memory();

        /**
         * Moves a range, and returns after the move has been reported.
         *
         * @param from the start of the range, a multiple of 4096
         * @param length the length in bytes, a multiple of 4096
         * @param to the new start of the range; the target is not mapped
         */
        void move(long from, long length, long to);

        /**
         * Unmaps a range, and returns after that has been reported.
         *
         * @param address the start of the range, a multiple of 4096
         * @param length the length in bytes, a multiple of 4096
         */
        void unmap(long address, long length);
    }

    private @Nullable FutexMemory memory; // under "this": several threads of a test read it

    /** Creates a suite; for subclasses. */
    protected FutexConformance() {}

    /**
     * Creates a memory of which 8192 bytes from {@link #base} on are zero, readable and writable.
     *
     * @return a new memory, to which no other object keeps a reference
     */
    protected abstract FutexMemory newMemory();

    /**
     * Returns the address at which the 8192 bytes of a new memory begin.
     *
     * @return a multiple of 8; 0 unless overridden
     */
    @Override
    public long base() {
        return 0;
    }

    /**
     * Returns locations that are one word of one mapped object, at different addresses or in different memories.
     *
     * @return two or more locations of one word that holds 0; an empty list if there are no shared mappings
     */
    @Override
    public List<Place> aliases() {
        return List.of();
    }

    /**
     * Returns locations of different words that have one address, or one offset in different objects.
     *
     * @return two or more locations of words that hold 0; an empty list if there are no shared mappings
     */
    @Override
    public List<Place> strangers() {
        return List.of();
    }

    /**
     * Creates a copy of a memory as fork(2) does, with private mappings copied on write.
     *
     * @param parent a memory of {@link #newMemory}
     * @return the child; null if memories do not fork
     */
    @Override
    public @Nullable FutexMemory fork(FutexMemory parent) {
        return null;
    }

    /**
     * Returns an address from which on 8192 bytes of a new memory are not mapped.
     *
     * @return a multiple of 8; null if there is no such address
     */
    @Override
    public @Nullable Long missingAddress() {
        return null;
    }

    /**
     * Creates a memory like {@link #newMemory} that reports changes of its mappings. The 4 MiB after its bytes are not
     * mapped.
     *
     * @param listener receives the reports
     * @return the memory; null if memories report no changes
     */
    @Override
    public @Nullable Remappable remappable(MappingListener listener) {
        return null;
    }

    /**
     * Returns the stage on which recorded programs run.
     *
     * @return unless overridden, a stage with the region {@link Region#ANON_P} at {@link #base}; if {@link
     *     #missingAddress} is a user address, the stage also has {@link Region#HOLE} there
     */
    @Override
    public Stage stage() {
        return new PrivateStage();
    }

    @Override
    public final synchronized FutexMemory memory() {
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

    /** A stage for memories with at most one mapping. */
    private final class PrivateStage implements Stage {

        @Override
        public FutexMemory newMemory() {
            return FutexConformance.this.newMemory();
        }

        /** Forks a memory, or returns a new one if memories do not fork: the parent still contains only zeroes. */
        @Override
        public FutexMemory fork(FutexMemory parent) {
            FutexMemory child = FutexConformance.this.fork(parent);
            return child != null ? child : newMemory();
        }

        @Override
        public @Nullable Long address(Region region) {
            return switch (region) {
                case ANON_P -> base();
                case HOLE -> hole();
                default -> null;
            };
        }

        private @Nullable Long hole() {
            Long missing = missingAddress();
            return missing != null && memory().isUserAddress(missing) ? missing : null;
        }
    }

    /** Queues a waiter on a word of the memory that holds 0. */
    static PreparedWait wait(FutexTable table, Place at, Scope scope) {
        return table.prepare(at.memory(), at.address(), scope, at.memory().load(at.address()));
    }

    /** Starts a daemon thread. */
    static Thread start(Runnable task) {
        Thread t = new Thread(task);
        t.setDaemon(true);
        t.start();
        return t;
    }

    /** Waits until a thread sleeps on a futex; fails after a minute. */
    static void awaitAsleep(Thread thread) {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!(LockSupport.getBlocker(thread) instanceof PreparedWait)
                || (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING)) {
            assertTrue(thread.isAlive(), "the thread has ended instead of sleeping");
            assertTrue(System.nanoTime() < end, "the thread does not sleep");
            Thread.yield();
        }
    }

    /** Waits until a number has reached a value. Yields, since the machine may have only one processor. */
    static void spinUntil(AtomicInteger number, int value) {
        while (number.get() != value) {
            Thread.yield();
        }
    }
}
