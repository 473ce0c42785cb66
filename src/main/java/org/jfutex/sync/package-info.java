/**
 * Locks that occupy four or eight bytes of any memory: of an emulated process, of an off-heap buffer, or of a file that
 * several mappings share.
 *
 * <table class="striped">
 * <caption>The locks of this package</caption> <thead><tr><th>Class</th><th>Words</th><th>A word of 0
 * is</th></tr></thead> <tbody>
 * <tr><td>{@link org.jfutex.sync.FutexMutex}</td><td>1</td><td>free</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexCondition}</td><td>1, beside its mutex</td><td>without waiters</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexSemaphore}</td><td>1</td><td>without permits</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexReadWriteLock}</td><td>2</td><td>free</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexBarrier}</td><td>1</td><td>no thread has arrived</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexLatch}</td><td>1</td><td>open</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexOnce}</td><td>1</td><td>to be done</td></tr>
 * <tr><td>{@link org.jfutex.sync.PiMutex}, for {@linkplain org.jfutex.PiTask tasks}</td><td>2</td><td>free, and
 * recoverable</td></tr> <tr><td>{@link org.jfutex.sync.PiCondition}</td><td>1, beside its mutex</td><td>never
 * signalled</td></tr> </tbody>
 * </table>
 *
 * <p>All of them use only the public methods of {@link org.jfutex.FutexTable} and {@link org.jfutex.key.FutexMemory},
 * so any program could implement them. An object of these classes is a handle without state. It can be created anew for
 * every use. All handles of the same word, in the same table and with the same scope, are the same lock.
 *
 * <p>Each method that waits has three forms, as in {@code java.util.concurrent.locks}: uninterruptible, interruptible,
 * and interruptible with a timeout. Barrier and latch have the last two, as in {@code java.util.concurrent}. An
 * interrupt is never lost: either the method throws {@link java.lang.InterruptedException}, or the interrupt is pending
 * when the method returns or throws another exception.
 *
 * <p>A wait can fail: with {@link org.jfutex.TooManyWaitersException} if the table has a {@linkplain
 * org.jfutex.FutexTableBuilder#waiterLimit limit}, with {@link java.lang.StackOverflowError} or {@link
 * java.lang.OutOfMemoryError} if there is not enough stack or heap for a waiter, and with any exception that the memory
 * or the clock throws. A failed wait has no effect, as far as the memory allows: the thread does not hold the lock or
 * permit, has not arrived at the barrier, and is not counted. A wake that has chosen the thread is forwarded to another
 * waiter. Every method that may wait may throw these exceptions, including {@code lock()}. A thread that waits at a
 * condition holds the mutex however the wait ends; see {@link org.jfutex.sync.FutexCondition} and {@link
 * org.jfutex.sync.PiCondition} for the exceptions.
 *
 * <p>If a release runs out of memory for its wake, it retries until the wake succeeds. With {@link
 * org.jfutex.Scope#SHARED}, the releaser's mapping must exist until the release has returned. Without the mapping, the
 * word has no key, and threads that sleep on the word through other mappings are not woken, as in Linux.
 *
 * <p>{@link org.jfutex.FutexTable#cancel} does not end a wait for a lock of this package: the cancelled thread reads
 * the word and waits again. To end such a wait, interrupt the thread.
 *
 * <p>A word does not contain its owner or its waiters. Therefore a lock stays locked if its owner dies. A lock also
 * cannot recognize a wake that a stranger sent to its address, so after a wake every thread reads its word again.
 * {@code PiMutex} and {@code PiCondition} are different: the mutex's word contains the owner's thread id, and an unlock
 * hands the mutex to the next owner.
 */
@NullMarked
package org.jfutex.sync;

import org.jspecify.annotations.NullMarked;
