/**
 * Futexes as a program on Linux sees them: raw calls with registers and errno, tasks, robust lists, exit.
 *
 * <p>This is for user-mode emulators. {@link org.jfutex.linux.Tasks} knows who lives, {@link org.jfutex.linux.FutexCalls} takes a system call as its
 * registers hold it and answers with a value or a negative {@link org.jfutex.linux.Errno errno}. Behaviour is that of Linux 6.18 to the bit, errors and
 * the order in which they win included, if the memory names shared words as 6.18 does: an {@code AddressSpace} with {@code KeyRule.MODERN}, which is not its default. {@link
 * org.jfutex.linux.KernelVersion} chooses which calls exist.
 *
 * <p>Errno exists here only. The table underneath knows named results and exceptions.
 *
 * <p>Lock order:
 *
 * <pre>
 *   Tasks
 *     FutexCall
 *       locks of a FutexTable
 * </pre>
 */
@NullMarked
package org.jfutex.linux;

import org.jspecify.annotations.NullMarked;
