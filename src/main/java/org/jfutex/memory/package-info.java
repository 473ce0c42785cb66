/**
 * Memory for futexes: an address space with VMAs, files, copy-on-write and swap, and a flat memory for those who have one
 * buffer.
 *
 * <p>Both, {@link org.jfutex.memory.AddressSpace} and {@link org.jfutex.memory.FlatMemory}, are a {@link org.jfutex.memory.WordMemory} and so a {@link
 * org.jfutex.key.FutexMemory}, the port through which a table sees words and their names. Nothing
 * outside this package can name a page: a key says which file and which place in it, or which address space and which
 * address, and the page that holds the word at the moment may be copied, pushed out to a disk and brought back without
 * anybody who waits on the word being told.
 *
 * <p>An {@link org.jfutex.memory.AddressSpace} is made of these, each a room:
 *
 * <pre>
 *   what is mapped        VMAs in order, an immutable map that every change of mappings replaces      {@link org.jfutex.memory.Vma}
 *   what it is mapped to  files, which have an identity and pages of their own                        {@link org.jfutex.memory.MappableFile}
 *   what is there now     a page table from addresses to pages, filled by page faults
 *   what was pushed out   a swap on the disk
 *   how words are named   a rule that looks at the VMA alone, or at the page as today's kernel does   {@link org.jfutex.memory.KeyRule}
 * </pre>
 *
 * <p>Files are named in a {@link org.jfutex.memory.Tmpfs}, are nameless ({@link org.jfutex.memory.MemoryFile}), or are the machine's own ({@link
 * org.jfutex.memory.HostFile}). Each is opened as an {@link org.jfutex.memory.OpenFile}, of which a {@link org.jfutex.memory.MapRequest} maps a part; a
 * {@link org.jfutex.memory.MappingException} says why that cannot be.
 *
 * <p>Whoever reads or writes a word that is there, or asks for a name, takes no lock. The verbs that change mappings (map, remap, unmap, protect, fork,
 * advise, push out) exclude each other within one space; a fault excludes only faults nearby.
 */
@NullMarked
package org.jfutex.memory;

import org.jspecify.annotations.NullMarked;
