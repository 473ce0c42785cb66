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
 *   what precedes sleep {@link org.jfutex.SpinPolicy}: a bucket learns whether its waits are short
 *   who owns a lock     {@link org.jfutex.PiTask}, and the chains of those who wait for one another
 *   what time it is     {@link org.jfutex.FutexClock}
 *   who looks on        dumps, {@link org.jfutex.Deadlocks}, events of the flight recorder
 * </pre>
 *
 * <p>A null is refused with a {@link java.lang.NullPointerException} that names the parameter, in all packages, before anything has changed, except where {@link
 * org.jspecify.annotations.Nullable} allows it.
 *
 * <p>Lock order:
 *
 * <pre>
 *   the watchdog
 *     the gate that stops requeues
 *       bucket with the lower index
 *         bucket with the higher index
 *           the table's PI lock
 *             locks of a FutexMemory
 * </pre>
 *
 * <p>Events of the flight recorder, where there is one. They are off, and cost nothing, unless a recording enables them, as {@code jcmd PID JFR.start
 * +org.jfutex.Wait#enabled=true} does or {@code Recording.enable("org.jfutex.Wait")}:
 *
 * <pre>
 *   org.jfutex.Wait          a wait has ended                           firstKey, key, outcome, callback
 *   org.jfutex.Wake          a wake has woken, or handed a lock over    key, woken
 *   org.jfutex.Requeue       a requeue has woken or moved               from, to, woken, moved
 *   org.jfutex.StuckWaiter   {@link org.jfutex.FutexTable#findStuckWaiters} has found one      key, waiter, task, expected, actual
 * </pre>
 *
 * <p>A wait is recorded if a thread has watched the word for its end or slept, or if a call-back, a stage or a descriptor stood ready: from then on. So there is
 * no event of a wait that is only polled, or that was over before. A wake and a requeue that have found nobody are not recorded, since that costs the same as if there
 * were no recorder; a wake-op has an event for each of its words. Not recorded are the waits that {@link org.jfutex.MixedWaitersException} finds woken, moves by {@link
 * org.jfutex.FutexTable#mappingListener}, and what there is no memory for.
 *
 * <p>Nothing of an embedder but its {@link org.jfutex.key.FutexMemory}, its {@link org.jfutex.PiTasks} and, by the watchdog and alarms alone, its
 * {@link org.jfutex.FutexClock} is called with a lock held: call-backs, unparks and signal handlers run after the last lock is dropped.
 */
@NullMarked
package org.jfutex;

import org.jspecify.annotations.NullMarked;
