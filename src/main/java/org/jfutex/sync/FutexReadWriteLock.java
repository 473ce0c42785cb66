package org.jfutex.sync;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;

/**
 * A read-write lock in eight bytes: many readers or one writer hold it, and neither can keep the other out for ever.
 *
 * <p>Readers and writers take turns. A reader that has to wait, waits for one writer at the most: every writer that
 * leaves lets in all the readers that wait at that moment; an interrupt that {@code lock()} leaves pending does not
 * cost a reader its turn. A writer that waits keeps later readers out, so it waits only for the readers that are
 * inside when it comes, for other writers, and for those whom these let in. Among writers it is as in {@link
 * FutexMutex}.
 *
 * <p>Everything that it knows is in its two words, so any number of these objects made for the same words are one
 * lock. Words of 0 are a free lock. They do not say who holds it. Therefore it is not reentrant, not even for readers:
 * a thread that reads and asks again waits behind a writer that waits for it. There is no way from reading to writing
 * or back but to unlock. Any thread may unlock; only unlocking what is not locked is noticed.
 *
 * <p>At most {@value #MAX_READERS} readers are inside at once; more wait until one leaves.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. For a wait that fails see
 * the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it unlocked the write lock happens-before what a
 * thread does after it has locked either lock; what it did before it unlocked the read lock happens-before what a
 * thread does after it has locked the write lock; by whichever object.
 */
public final class FutexReadWriteLock implements ReadWriteLock {

    /*
     * The first word, the house:
     *
     *      bits 0..14   how many readers are inside
     *      bits 15..29  how many readers wait
     *      bit 30       TURN: flips when a writer leaves and readers wait
     *      bit 31       WRITER: a writer is inside
     *
     *      [1] inside+1                            a reader enters: no writer inside, and not full; no writer waits,
     *                                             but for tryLock()
     *      [2] waiting+1                           registers, and remembers TURN
     *      [3] waiting-1, inside+1                 enters after all, as [1]
     *      [4] waiting-1                           gives up, TURN being the same
     *      [5] inside-1                            leaves
     *      [6] WRITER                              a writer enters: no owner
     *      [7] inside=waiting, waiting=0, TURN^    leaves, and lets in who waits
     *      [8] no WRITER                           leaves; no reader waits
     *
     * The second word: how many writers wait, counted before they look at the house. Readers and writers sleep on the
     * first word, on one channel each, expecting a value with which they cannot enter.
     *
     * Registered readers are let in by [7]: all of them, and each finds out by TURN. One bit is enough, for [7] cannot
     * happen again before all whom it let in have left. Or a reader enters by itself [3] when no writer is there any
     * more. It is woken to do so by a waiting writer that gives up as the last of them, or by a reader that leaves a
     * full house. The former changes the second word, not the first, so a reader queues itself before it looks there:
     *
     *      reader                              writer that gives up
     *      waiting+1                           writers-1
     *      queue itself                        read waiting; wake if there are any
     *      read writers; sleep if there are any
     *
     * Forbidden: both find the other missing. All these are volatile accesses, so one of them comes last and sees the
     * other.
     *
     * A writer is woken by whoever leaves the house empty while writers wait. It may find another inside when it
     * comes; then that one will wake when it leaves. If nobody sleeps who was counted, then it is about to look: it
     * will see that the house is empty.
     *
     * More than MAX_READERS cannot be registered. The rest sleeps unregistered, and is woken to try again with the
     * registered ones, or when there is a place to register [3] [4].
     */

    /** The most readers that can be inside at once. */
    public static final int MAX_READERS = (1 << 15) - 1;

    private final ReadLock readers;
    private final WriteLock writers;

    /**
     * The lock that lies in two words.
     *
     * @param table where its waiters wait
     * @param memory where the words lie
     * @param address the first of the words, a multiple of 4; the second one follows
     * @param scope whether only threads of this memory use the words, or threads of all memories that map them
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexReadWriteLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        readers = new ReadLock(table, memory, address, scope);
        writers = new WriteLock(table, memory, address, scope);
    }

    /**
     * The lock for readers. Its {@code tryLock()} succeeds while only readers hold the lock, though a writer may wait:
     * it passes by the writer, as in {@code java.util.concurrent}. All other forms wait behind the writer.
     *
     * @return the lock, without conditions
     */
    @Override
    public Lock readLock() {
        return readers;
    }

    /**
     * The lock for writers.
     *
     * @return the lock, without conditions
     */
    @Override
    public Lock writeLock() {
        return writers;
    }

    /** Returns what this is, how many threads hold it or wait for it, and where its words lie. */
    @Override
    public String toString() {
        return "read-write lock " + readers.state();
    }
}
