/**
 * The hall: {@link org.jfutex.FutexTable}, where threads and programs wait on words of memory and are woken.
 *
 * <p>Every operation reads alike: check, name, lock, look, act, unlock, wake. The rooms behind the hall are package-private, one
 * verb each.
 *
 * <pre>
 *   who waits where     buckets, each a lock, a counter and queues by key
 *   how a wait ends     whoever takes a waiter out of its queue decides, under the bucket's lock; the waiter learns it after
 *   what waits          a word ({@link org.jfutex.PreparedWait}), many words, a lock that inherits ({@link org.jfutex.PiWait})
 *   how it is told      a thread that sleeps, a poll, a call-back, a {@link java.util.concurrent.CompletionStage}, a descriptor ({@link org.jfutex.FutexFd})
 *   who owns a lock     {@link org.jfutex.PiTask}, and the chains of those who wait for one another
 *   what time it is     {@link org.jfutex.FutexClock}
 *   who looks on        dumps, {@link org.jfutex.Deadlocks}, events of the flight recorder
 * </pre>
 *
 * <p>Lock order:
 *
 * <pre>
 *   the watchdog
 *     bucket with the lower index
 *       bucket with the higher index
 *         the table's PI lock
 *           locks of a FutexMemory
 * </pre>
 *
 * <p>Nothing of an embedder but its {@link org.jfutex.key.FutexMemory}, its {@link org.jfutex.PiTasks} and, by the watchdog alone, its
 * {@link org.jfutex.FutexClock} is called with a lock held: call-backs, unparks and signal handlers run after the last lock is dropped.
 */
@NullMarked
package org.jfutex;

import org.jspecify.annotations.NullMarked;
