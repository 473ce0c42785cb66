package org.jfutex.sync;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;

/**
 * A read-write lock in eight bytes: many readers or one writer hold it, and neither can exclude the other for ever.
 *
 * <p>Readers and writers take turns. A reader waits for at most one writer: an unlocking writer admits all readers that
 * wait at that moment. An interrupt that {@code lock()} leaves pending does not cost a reader its turn. A waiting
 * writer excludes later readers, so it waits only for the readers that hold the lock when it arrives, for other
 * writers, and for the readers that those writers admit. Writers among themselves are ordered as in {@link FutexMutex}.
 *
 * <p>The whole state of the lock is in its two words, so any number of these objects for the same words are one lock.
 * Words of 0 are a free lock. The words do not record which threads hold the lock. Therefore the lock is not reentrant,
 * not even for readers: a reader that locks again may wait behind a writer that waits for this reader. The lock cannot
 * be upgraded or downgraded. Any thread may unlock; only unlocking a lock that is not held is detected.
 *
 * <p>At most {@value #MAX_READERS} readers hold the lock at once; further readers wait until one unlocks.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. For a wait that fails see
 * the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it unlocked the write lock happens-before what a
 * thread does after it has locked either lock; what it did before it unlocked the read lock happens-before what a
 * thread does after it has locked the write lock, through any of the objects.
 */
public final class FutexReadWriteLock implements ReadWriteLock {

    /*
     * The first word, the state:
     *
     *      bits 0..14   how many readers hold the lock (inside)
     *      bits 15..29  how many readers are registered as waiting
     *      bit 30       TURN: flips when a writer leaves and readers wait
     *      bit 31       WRITER: a writer holds the lock
     *
     *      [1] inside+1                            a reader locks: no writer holds the lock, and fewer than MAX_READERS
     *                                             readers do; except in tryLock(), no writer waits
     *      [2] waiting+1                           a reader registers, and remembers TURN
     *      [3] waiting-1, inside+1                 a registered reader locks on the conditions of [1]
     *      [4] waiting-1                           a registered reader gives up; TURN has not changed
     *      [5] inside-1                            a reader unlocks
     *      [6] WRITER                              a writer locks: no reader and no writer holds the lock
     *      [7] inside=waiting, waiting=0, TURN^    a writer unlocks, and admits the registered readers
     *      [8] no WRITER                           a writer unlocks; no reader is registered
     *
     * The second word counts the waiting writers. A writer increments it before it reads the state. Readers and writers
     * sleep on the first word, with one bit of the bitset each, and expect a value with which they cannot lock.
     *
     * [7] admits all registered readers, and each of them recognizes that by TURN. One bit is enough, because [7]
     * cannot happen again before all readers that it admitted have unlocked. A registered reader also locks by itself
     * [3] when no writer holds the lock or waits for it. In two cases it is woken to do so: when the last waiting
     * writer gives up, and when one of MAX_READERS readers unlocks. In the first case the second word changes and not
     * the first, so a reader queues itself before it reads the second word:
     *
     *      reader                              writer that gives up
     *      waiting+1                           writers-1
     *      queue itself                        read waiting; if it is not 0, wake
     *      read writers; if not 0, sleep
     *
     * Forbidden: the reader sleeps, and the writer does not wake it. All these accesses are volatile, so the later of
     * the two reads sees the other thread's write.
     *
     * A thread that frees the lock while writers wait wakes one writer. If the woken writer finds that another thread
     * has locked first, that thread's unlock wakes a writer again. If a counted writer does not sleep yet, it is about
     * to read the state, and finds the lock free.
     *
     * At most MAX_READERS readers can be registered. Further readers sleep unregistered. A wake of all registered
     * readers wakes them too. They are also woken when a registered reader ends its registration [3] [4].
     */

    /** The maximum number of readers that hold the lock at once. */
    public static final int MAX_READERS = (1 << 15) - 1;

    private final ReadLock readers;
    private final WriteLock writers;

    /**
     * Creates a handle of the lock in two words.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the words
     * @param address the first of the words, a multiple of 4; the second one follows
     * @param scope whether only threads of this memory use the words, or threads of all memories that map them
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexReadWriteLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        readers = new ReadLock(table, memory, address, scope);
        writers = new WriteLock(table, memory, address, scope);
    }

    /**
     * Returns the lock for readers. Its {@code tryLock()} succeeds while only readers hold the lock, even if a writer
     * waits, as in {@code java.util.concurrent}. All other forms wait behind a waiting writer.
     *
     * @return the lock, without conditions
     */
    @Override
    public Lock readLock() {
        return readers;
    }

    /**
     * Returns the lock for writers.
     *
     * @return the lock, without conditions
     */
    @Override
    public Lock writeLock() {
        return writers;
    }

    /** Returns a description: how many threads hold the lock or wait for it, and the words' address and memory. */
    @Override
    public String toString() {
        return "read-write lock " + readers.state();
    }
}
