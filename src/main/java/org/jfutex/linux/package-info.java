/**
 * Futexes as a program on Linux sees them: raw calls with registers and errno, tasks, robust lists, exit.
 *
 * <p>User-mode emulators use this package. {@link org.jfutex.linux.TaskTable} holds the living tasks. {@link
 * org.jfutex.linux.FutexCalls} takes the registers of a system call and returns a value or a negative {@link
 * org.jfutex.linux.Errno errno}. {@link org.jfutex.linux.FutexConstants} has the names of operations and flags.
 *
 * <p>Results are those of Linux 6.18, including which error is returned if several apply. For shared words that needs a
 * memory with the key rule of 6.18: an {@code AddressSpace} with {@code KeyRule.LINUX_2_6_28}, which is not its
 * default. {@link org.jfutex.linux.KernelVersion} chooses which calls exist.
 *
 * <p>Only this package has errno values. The table below it returns named results and throws exceptions.
 *
 * <p>Lock order:
 *
 * <pre>
 *   TaskTable
 *     FutexCall
 *       locks of a FutexTable
 * </pre>
 */
@NullMarked
package org.jfutex.linux;

import org.jspecify.annotations.NullMarked;
