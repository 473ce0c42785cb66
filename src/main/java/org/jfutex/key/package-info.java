/**
 * The names of futexes, and the port through which jfutex sees somebody's memory.
 *
 * <p>A futex is named by what its word <em>is</em>, never by where the word happens to lie at the moment. Jamie Lokier wrote
 * the rule down on 2 September 2003 ("Futex non-page-pinning fix"):
 *
 * <pre>
 *   shared mapping     (file, pgoff + ((uaddr - vm_start) &gt;&gt; PAGE_SHIFT), offset in page)   {@link org.jfutex.key.SharedKey}
 *   private mapping    (mm, uaddr)                                                        {@link org.jfutex.key.AnonymousKey}
 * </pre>
 *
 * <p>Linux 2.6.22 added private operations, which skip the look-up and name every word {@code (mm, uaddr)}: {@link
 * org.jfutex.key.PrivateKey}. No key names a page. So a waiter pins nothing, swapping and copy-on-write cannot mislead a
 * wake, and one look-up finds every waiter.
 *
 * <p>This package imports nothing of jfutex. {@link org.jfutex.key.FutexMemory} is what an embedder implements over its own
 * guest memory; {@link org.jfutex.key.Headroom} is for one that takes locks of its own.
 */
@NullMarked
package org.jfutex.key;

import org.jspecify.annotations.NullMarked;
