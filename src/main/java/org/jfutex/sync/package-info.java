/**
 * Locks that live in four bytes of any memory: in an emulated process, in a buffer off the heap, in a file that several
 * mappings share.
 *
 * <table class="striped">
 * <caption>What there is</caption>
 * <thead><tr><th>Class</th><th>Words</th><th>A word of 0 is</th></tr></thead>
 * <tbody>
 * <tr><td>{@link org.jfutex.sync.FutexMutex}</td><td>1</td><td>free</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexCondition}</td><td>1, beside its mutex</td><td>without waiters</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexSemaphore}</td><td>1</td><td>without permits</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexReadWriteLock}</td><td>2</td><td>free</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexBarrier}</td><td>1</td><td>no thread has arrived</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexLatch}</td><td>1</td><td>open</td></tr>
 * <tr><td>{@link org.jfutex.sync.FutexOnce}</td><td>1</td><td>to be done</td></tr>
 * <tr><td>{@link org.jfutex.sync.PiMutex}, for {@linkplain org.jfutex.PiTask tasks}</td><td>2</td><td>free, and
 * recoverable</td></tr>
 * <tr><td>{@link org.jfutex.sync.PiCondition}</td><td>1, beside its mutex</td><td>signalled never</td></tr>
 * </tbody>
 * </table>
 *
 * <p>All of them are made of {@link org.jfutex.FutexTable} and {@link org.jfutex.key.FutexMemory} alone, so any program
 * could implement them. An object of these classes is a handle and has no state: it can be made anew for every use, and
 * every handle of the same word, in the same table and with the same scope, is the same lock.
 *
 * <p>Each method that waits comes in three forms, as in {@code java.util.concurrent.locks}: until it succeeds, until it
 * succeeds or the thread is interrupted, until it succeeds or a while has passed. Barrier and latch have the last two,
 * as in {@code java.util.concurrent}. An interrupt is never lost: either it is thrown, or it is pending when the method
 * returns or throws something else.
 *
 * <p>A wait can fail: with {@link org.jfutex.TooManyWaitersException} if the table has a {@linkplain
 * org.jfutex.FutexTableBuilder#waiterLimit limit}, with {@link java.lang.StackOverflowError} or {@link
 * java.lang.OutOfMemoryError} if there is no room for a waiter, with whatever the memory or the clock throws. Then it
 * is as if it had not been tried, as far as the memory allows: the thread has not got the lock or permit, has not come
 * to the barrier, is counted nowhere, and a wake that has chosen it goes to another. So every method that may wait may
 * throw these, {@code lock()} too. Who waits at a condition holds the mutex whatever the wait ends with, as {@link
 * org.jfutex.sync.FutexCondition} and {@link org.jfutex.sync.PiCondition} have it.
 *
 * <p>A release that finds no memory for its wake waits until there is some. With {@link org.jfutex.Scope#SHARED}, the
 * releaser's mapping has to stay until the release has returned: without it nobody can name those who sleep on the word
 * through other mappings, as in Linux.
 *
 * <p>{@link org.jfutex.FutexTable#cancel} wakes who waits for a lock here, and ends no wait: it looks at the word and
 * waits again. To give up, interrupt the thread.
 *
 * <p>A word does not say who waits for it or holds it, so whoever holds a lock and dies leaves it locked, and none can
 * tell a foreign wake from its own: none takes a wake for more than a hint to look at its word. {@code PiMutex} and
 * {@code PiCondition} are the exception: their words name the holder, and they are handed from one to the next.
 */
@NullMarked
package org.jfutex.sync;

import org.jspecify.annotations.NullMarked;
