/**
 * Keys of futexes, and the interface through which jfutex accesses an embedder's memory.
 *
 * <p>A key identifies the word itself, never the page that holds the word at the moment. Jamie Lokier described the
 * rule on 2 September 2003 ("Futex non-page-pinning fix"):
 *
 * <pre>
 *   shared mapping     (file, pgoff + ((uaddr - vm_start) &gt;&gt; PAGE_SHIFT), offset in page)
 *                          {@link org.jfutex.key.SharedKey}
 *   private mapping    (mm, uaddr)
 *                          {@link org.jfutex.key.AnonymousKey}
 * </pre>
 *
 * <p>Linux 2.6.22 added private operations. They skip the lookup of the mapping and use the key {@code (mm, uaddr)} for
 * every word: {@link org.jfutex.key.PrivateKey}. No key contains a page. So a waiter pins no page, a wake still finds
 * its waiters after swapping or copy-on-write, and one lookup finds every waiter.
 *
 * <p>This package imports nothing of jfutex. An embedder implements {@link org.jfutex.key.FutexMemory} over its own
 * guest memory. If that memory takes locks of its own, it uses {@link org.jfutex.key.StackGuard}.
 * A view of another memory extends {@link org.jfutex.key.ForwardingMemory}.
 */
@NullMarked
package org.jfutex.key;

import org.jspecify.annotations.NullMarked;
