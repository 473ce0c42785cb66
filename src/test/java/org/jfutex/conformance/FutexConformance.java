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
 * Checks that a memory of yours and a {@link FutexTable} do together what Linux does, among that what other emulators got wrong.
 *
 * <pre>{@code
 * class MyMemoryTest extends FutexConformance {
 *     protected FutexMemory newMemory() { return new MyMemory(8192); }
 * }
 * }</pre>
 *
 * <p>The suite needs JUnit 5, as {@code junit-jupiter} brings it. Override more if your memory can more: {@link #aliases} if it has shared mappings, {@link #fork} if it forks,
 * {@link #missingAddress} if something can be unmapped, {@link #remappable} if it reports changes of
 * mappings, {@link #stage} if it has several kinds of mappings. What is not overridden is not tested.
 *
 * <p>Among the tests are programs that Linux ran and answered. Of these, everybody plays the steps about private anonymous memory; the output says how
 * many they are.
 */
@SuppressWarnings("ThreadPriorityCheck") // a yield is how one waits for another thread
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
     * A word somewhere.
     *
     * @param memory an address space
     * @param address where in it the word lies
     */
    public record Place(FutexMemory memory, long address) {}

    /** A memory that reports changes of its mappings, and two ways to change them. */
    public interface Remappable {

        /**
         * Returns the memory.
         *
         * @return always the same
         */
        FutexMemory memory();

        /**
         * Moves a range, and returns when that has been reported.
         *
         * @param from where the range begins, a multiple of 4096
         * @param length its length in bytes, a multiple of 4096
         * @param to where it shall begin; nothing is mapped there
         */
        void move(long from, long length, long to);

        /**
         * Unmaps a range, and returns when that has been reported.
         *
         * @param address where the range begins, a multiple of 4096
         * @param length its length in bytes, a multiple of 4096
         */
        void unmap(long address, long length);
    }

    private @Nullable FutexMemory memory; // under "this": tests ask from several threads

    /** For subclasses. */
    protected FutexConformance() {}

    /**
     * Makes a memory of which 8192 bytes from {@link #base} on are zero, readable and writable.
     *
     * @return a new memory, which nobody else has or keeps
     */
    protected abstract FutexMemory newMemory();

    /**
     * Where in a new memory the 8192 bytes begin.
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
     * An address from which on a new memory has no word for 8192 bytes.
     *
     * @return a multiple of 8, null if there is none
     */
    @Override
    public @Nullable Long missingAddress() {
        return null;
    }

    /**
     * Makes a memory as {@link #newMemory} does, that reports changes of its mappings. Nothing else is mapped within the next 4 MiB.
     *
     * @param listener receives the reports
     * @return the memory, null if memories report nothing
     */
    @Override
    public @Nullable Remappable remappable(MappingListener listener) {
        return null;
    }

    /**
     * Where recorded programs are played.
     *
     * @return a stage that has the region {@link Region#ANON_P} at {@link #base}, and {@link Region#HOLE} at {@link #missingAddress} if that might be
     *     mapped, unless overridden
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

    /** A stage for memories of one mapping, or of none at all. */
    private final class PrivateStage implements Stage {

        @Override
        public FutexMemory newMemory() {
            return FutexConformance.this.newMemory();
        }

        /** A new memory will do where there is no fork: it holds zeroes, as the parent still does. */
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

    /** Returns when a thread sleeps on a futex; it must do so within a minute. */
    static void awaitAsleep(Thread thread) {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!(LockSupport.getBlocker(thread) instanceof PreparedWait)
                || (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING)) {
            assertTrue(thread.isAlive(), "the thread has ended and should sleep");
            assertTrue(System.nanoTime() < end, "the thread is awake and should sleep");
            Thread.yield();
        }
    }

    /** Returns when a number has come up; gives the processor away meanwhile, should there be one only. */
    static void spinUntil(AtomicInteger number, int value) {
        while (number.get() != value) {
            Thread.yield();
        }
    }
}
