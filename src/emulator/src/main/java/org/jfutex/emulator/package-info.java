/**
 * A small Linux user-mode emulator for RISC-V: the smallest complete embedding of the library, to be read in an hour.
 *
 * <p>It runs statically linked programs of glibc: their threads, mutexes, condition variables, processes and signals.
 * Everything that waits, waits in the library's futex table; all memory is the library's {@link
 * org.jfutex.memory.AddressSpace}.
 *
 * <p>Files in reading order:
 *
 * <ol>
 *   <li>{@link org.jfutex.emulator.Machine} puts the library together: table, tasks, calls, signal policy.
 *   <li>SystemCalls is the table of system calls.
 *   <li>ThreadCalls: clone, fork, execve, exit, wait, priorities. GuestThread runs a thread, GuestProcess ends one.
 *   <li>MemoryCalls: mmap and its relatives. ProgramMemory and Loader build the memory of a program.
 *   <li>Signals, SignalCalls, SignalFrame: who takes a signal, and how a handler runs while a futex call sleeps.
 *   <li>TimeCalls and IntervalTimer: clocks, sleeping, alarm.
 *   <li>FileCalls, FileTable, FileNames and the open files: as much as test programs need.
 *   <li>{@link org.jfutex.emulator.riscv}: the instruction set.
 * </ol>
 *
 * <p>What it leaves out: dynamic linking, rounding modes other than to nearest (except in conversions to integers),
 * poll and sockets, permissions of users, stopping a single thread, and core dumps.
 */
@NullMarked
package org.jfutex.emulator;

import org.jspecify.annotations.NullMarked;
