/**
 * Clocks, deadlines and timers: when a wait times out, and the source of time.
 *
 * <p>The files in reading order:
 *
 * <pre>
 *   ClockId                the two clocks of a deadline
 *   Deadline               never, after a duration, or at a time of a clock
 *   FutexClock             the source of time; how a thread sleeps, and how a task is scheduled
 *   SystemClock            the clocks of the system
 *   VirtualClock           a clock for tests
 *   Timers                 tasks at a time, for waits without a sleeping thread
 *   ClockChangeNotifier    notices that a clock was set
 *   Backoff                pauses between retries of a failing clock
 *   DaemonThreads          creates the threads of this library
 * </pre>
 *
 * <p>This package imports {@link org.jfutex.key} alone. It knows no waits: {@link org.jfutex.FutexTable} reads a clock,
 * sleeps on it, and schedules tasks on it.
 */
@NullMarked
package org.jfutex.time;

import org.jspecify.annotations.NullMarked;
