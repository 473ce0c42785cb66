/**
 * Memory for futexes: an address space with VMAs, files, copy-on-write and swap, and a flat memory for those who have one
 * buffer.
 *
 * <p>Both implement {@link org.jfutex.key.FutexMemory}, the port through which a table sees words and their names. Nothing
 * outside this package can name a page: a key says which file and which place in it, or which address space and which
 * address, and the page that holds the word at the moment may be copied, pushed out to a disk and brought back without
 * anybody who waits on the word being told.
 */
@NullMarked
package org.jfutex.memory;

import org.jspecify.annotations.NullMarked;
