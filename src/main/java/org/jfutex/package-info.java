/**
 * The hall: {@link org.jfutex.FutexTable}, where threads and programs wait on words of memory and are woken.
 *
 * <p>Every operation reads alike: check, name, lock, look, act, unlock, wake. The rooms behind the hall are package-private, one
 * verb each.
 *
 * <p>Lock order:
 *
 * <pre>
 *   bucket with the lower index
 *     bucket with the higher index
 *       the table's PI lock
 *         locks of a FutexMemory
 * </pre>
 *
 * <p>Nothing of an embedder but its {@link org.jfutex.key.FutexMemory} and its {@link org.jfutex.PiTasks} is called with a lock held:
 * call-backs, unparks and signal handlers run after the last lock is dropped.
 */
@NullMarked
package org.jfutex;

import org.jspecify.annotations.NullMarked;
