/**
 * Memory for futexes: an address space with VMAs, files, copy-on-write and swap, and memories over the caller's buffers
 * and arrays.
 *
 * <p>{@link org.jfutex.memory.AddressSpace}, {@link org.jfutex.memory.FlatMemory} over buffers, and {@link
 * org.jfutex.memory.ArrayMemory} and {@link org.jfutex.memory.ByteArrayMemory} over arrays implement {@link
 * org.jfutex.memory.WordMemory}, and thereby {@link org.jfutex.key.FutexMemory}, the interface through which a table
 * reads words and gets their keys. No code outside this package can refer to a page. A key contains a file and a
 * position in it, or an address space and an address. So the page of a word can be copied, swapped out and swapped in
 * without any effect on the waiters of that word.
 *
 * <p>An {@link org.jfutex.memory.AddressSpace} consists of these parts:
 *
 * <pre>
 *   mappings         VMAs in order; every change replaces the map    {@link org.jfutex.memory.Vma}
 *   files            mapped objects with an identity and pages       {@link org.jfutex.memory.MappableFile}
 *   resident pages   a page table, filled by page faults
 *   swapped pages    a swap file on disk
 *   keys of words    a rule that depends on the VMA or the page      {@link org.jfutex.memory.KeyRule}
 * </pre>
 *
 * <p>A {@link org.jfutex.memory.Tmpfs} gives names to files. A {@link org.jfutex.memory.MemoryFile} needs no name, and
 * a {@link org.jfutex.memory.HostFile} is a file of the host machine. Each file is opened as an {@link
 * org.jfutex.memory.OpenFile}. A {@link org.jfutex.memory.MapRequest} maps a part of it; a {@link
 * org.jfutex.memory.MappingException} reports why that is not possible.
 *
 * <p>A {@link org.jfutex.memory.MemoryCursor} gives one thread faster access to the words of an address space.
 *
 * <p>Reading or writing a resident word takes no lock, and neither does a lookup of a cached key. Operations that
 * change mappings (map, remap, unmap, protect, fork, advise) exclude each other within one space. A page fault excludes
 * only faults of the leaves that have the same fault lock.
 */
@NullMarked
package org.jfutex.memory;

import org.jspecify.annotations.NullMarked;
