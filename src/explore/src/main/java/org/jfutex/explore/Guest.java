package org.jfutex.explore;

import org.jfutex.FutexTable;
import org.jfutex.RequeueResult;
import org.jfutex.WaitResult;
import org.jfutex.WakeOp;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.WordMemory;

/**
 * The operations of a guest. Each of them is one step of a schedule.
 *
 * <p>Words have 32 bits. Their addresses are multiples of 4 below the {@linkplain Explorer#memoryBytes size} of the
 * memory; any other address is refused as {@link org.jfutex.key.FutexMemory} describes.
 *
 * <p>The methods are called by the guest's own program, while it runs.
 */
public interface Guest {

    /**
     * Returns the name of this guest.
     *
     * @return the name
     */
    String name();

    /**
     * Returns the number of this guest, which is also its thread id less 1.
     *
     * @return 0 for the first guest
     */
    int index();

    /**
     * Reads a word.
     *
     * @param address the word
     * @return its value
     */
    int load(long address);

    /**
     * Writes a word.
     *
     * @param address the word
     * @param value its new value
     */
    void store(long address, int value);

    /**
     * Writes a word if it holds the expected value.
     *
     * @param address the word
     * @param expected the value that it must hold
     * @param desired its new value
     * @return whether it was written
     */
    boolean cas(long address, int expected, int desired);

    /**
     * Writes a word if it holds the expected value, and returns what it held.
     *
     * @param address the word
     * @param expected the value that it must hold
     * @param desired its new value
     * @return the previous value; the word was written exactly if it equals {@code expected}
     */
    int compareAndExchange(long address, int expected, int desired);

    /**
     * Writes a word and returns its previous value.
     *
     * @param address the word
     * @param value its new value
     * @return the previous value
     */
    int exchange(long address, int value);

    /**
     * Adds to a word and returns its previous value.
     *
     * @param address the word
     * @param delta the number to add
     * @return the previous value
     */
    int add(long address, int delta);

    /**
     * Sleeps until woken if the word holds the expected value: FUTEX_WAIT. Not for a {@link StepMachine}.
     *
     * @param address the word
     * @param expected the value that it must hold
     * @return how the wait ended; a signal ends it as {@link WaitResult#CANCELLED}
     * @throws IllegalStateException if this guest is a step machine
     */
    WaitResult await(long address, int expected);

    /**
     * Sleeps with a bitset and a time limit: FUTEX_WAIT_BITSET. Not for a {@link StepMachine}.
     *
     * @param address the word
     * @param expected the value that it must hold
     * @param bitset the bits by which a wake selects this waiter, not 0
     * @param nanos the time limit, {@link Long#MAX_VALUE} for none
     * @return how the wait ended; a signal ends it as {@link WaitResult#CANCELLED}
     * @throws IllegalStateException if this guest is a step machine
     */
    WaitResult await(long address, int expected, int bitset, long nanos);

    /**
     * Begins a wait of a {@link StepMachine}. The next step of the machine comes when the wait has ended.
     *
     * @param address the word
     * @param expected the value that it must hold
     * @param bitset the bits by which a wake selects this waiter, not 0
     * @param nanos the time limit, {@link Long#MAX_VALUE} for none
     * @throws IllegalStateException if this guest is not a step machine
     */
    void beginAwait(long address, int expected, int bitset, long nanos);

    /**
     * Returns how the last wait of a {@link StepMachine} ended.
     *
     * @return the result of the last {@link #beginAwait}
     * @throws IllegalStateException if no wait of this guest has ended yet
     */
    WaitResult awaited();

    /**
     * Wakes waiters of a word: FUTEX_WAKE.
     *
     * @param address the word
     * @param count how many, at most
     * @return how many were woken
     */
    int wake(long address, int count);

    /**
     * Wakes waiters of a word whose bitset intersects the given one: FUTEX_WAKE_BITSET.
     *
     * @param address the word
     * @param count how many, at most
     * @param bitset the bits
     * @return how many were woken
     */
    int wake(long address, int count, int bitset);

    /**
     * Wakes some waiters of a word and moves others to another word, if the first word holds the expected value:
     * FUTEX_CMP_REQUEUE.
     *
     * @param from the word whose waiters are woken or moved
     * @param to the word to which they move
     * @param wake how many are woken, at most
     * @param move how many of the others are moved, at most
     * @param expected the value that {@code from} must hold
     * @return what was done
     */
    RequeueResult requeue(long from, long to, int wake, int move, int expected);

    /**
     * Changes a word, wakes waiters of another, and perhaps of the changed one: FUTEX_WAKE_OP.
     *
     * @param address the word whose waiters are woken in any case
     * @param changed the word that changes
     * @param count how many waiters of {@code address} are woken, at most
     * @param conditional how many waiters of {@code changed} are woken, at most
     * @param op the change and the condition
     * @return how many were woken
     */
    int wakeOp(long address, long changed, int count, int conditional, WakeOp op);

    /**
     * Gives way to other guests, as a step of a loop that polls a word: another guest makes the next step if one can.
     * A guest that makes 50 steps in a row which change nothing is treated as if it had paused.
     */
    void pause();

    /**
     * Returns the table of this schedule, for other code that waits and wakes. It is a new one in every schedule, so
     * locks are created by the guests.
     *
     * @return the table
     */
    FutexTable table();

    /**
     * Returns the memory, for other code that accesses words. Each access by such code is a step.
     *
     * @return the memory
     */
    WordMemory memory();

    /**
     * Returns the task of this guest, for locks with owners: {@link Task#pi} for {@link org.jfutex.sync.PiMutex}. Its
     * thread id is the {@linkplain #index number} of the guest plus 1. The first call creates the task.
     *
     * @return the task
     */
    Task task();

    /**
     * Returns the tasks of this schedule, to build {@link org.jfutex.linux.FutexCalls} from them.
     *
     * @return the tasks
     */
    TaskTable tasks();

    /**
     * Registers the robust list that is processed when this guest {@linkplain Fault#DEATH dies}: set_robust_list(2),
     * with pointers of four bytes. The head consists of three words: the first entry or the head itself, the distance
     * from an entry to its lock, and the entry that is being locked or unlocked or 0. This is not a step.
     *
     * @param head the address of the head; 0 for none
     */
    void setRobustList(long head);

    /**
     * Adds a sentence to the recorded schedule. This is not a step.
     *
     * @param text what the guest does, or has found
     */
    void note(String text);
}
