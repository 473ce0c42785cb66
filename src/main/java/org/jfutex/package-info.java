/**
 * Futexes for threads of one JVM: {@link org.jfutex.FutexTable}, where threads and programs wait on words of memory and
 * are woken.
 *
 * <p>All waiters and wakers live in one JVM. Threads of another JVM are neither woken nor found, even if they map the
 * same file.
 *
 * <p>Every operation has these steps: check the arguments, resolve the key, lock the bucket, compare, act, unlock,
 * notify. Each file is one operation or one concept. The files in reading order:
 *
 * <pre>
 *   interface
 *     FutexTable             all operations on words, with their contracts
 *     FutexTableBuilder      the settings of a table
 *     Scope                  private or shared key
 *     WaitOptions            word size, bitset and priority of a wait
 *     WaitResult             how a wait ended
 *     PendingWait            a queued wait: poll, await, callback, stage, cancel
 *     PreparedWait           a wait for a wake
 *     WaitWord               one word of a wait on several words
 *     RequeueResult          what a requeue did
 *     WakeOp                 the encoded operation of FUTEX_WAKE_OP
 *     FutexFd                a waiter that can be polled like a file descriptor
 *     SpinPolicy             whether a thread spins before it parks
 *     TooManyWaitersException, MixedWaitersException
 *
 *   wait and wake; no file refers to FutexTable, or to priority inheritance
 *     Bucket                 lock, waiter count and queues; the proof that no wake is lost
 *     Buckets                the array of buckets, and the hash that selects one
 *     TableState             what waiters and buckets share: settings, limits
 *     WaitQueue              the waiters of one key
 *     Waiter                 one entry in one queue; how it ends
 *     SharedWaiter           an entry whose key does not imply the memory
 *     WaitEnd                how a wait ends, and its result; what PendingWait extends begins here
 *     WaitListener           the thread or callback that is notified of the end
 *     SleepingWait           spin, then sleep until the end
 *     TimedStage             the stage of a wait, and its timer
 *     Wait                   queue on one word, and sleep
 *     WaitvWait              queue on several words
 *     Wake                   choose waiters and wake them
 *     WakeList               the chosen waiters, notified after unlock
 *     Callback               the callbacks that a thread has to call, one after the other
 *     CallbackThreads        threads for the callbacks of waits that timed out
 *     Requeue                move waiters to another key
 *     AdaptiveSpin           what a bucket has learned about spinning
 *     WaiterLimits           the maximum numbers of waiters
 *     Timeouts               sleeps until a deadline; clocks and timers are in org.jfutex.time
 *
 *   priority inheritance
 *     PiTask, PiTasks        an owner of locks, and the lookup by thread id
 *     PiResult, PiWait       results, and a task's wait
 *     PiOwner, PiTable       what the operations see of a task, and of the table
 *     PiWord                 the layout of a lock's word
 *     PiLock                 acquire a lock or queue; the table of all cases
 *     PiState, PiWaiter      a lock with waiters, and a task's entry
 *     PriorityList           a list ordered by priority
 *     PiInheritance          priorities along chains of owners
 *     PiUnlock               hand a lock over
 *     PiRequeue              condition variables: wait and requeue to a lock
 *     PiRequeueResult        what a requeue to a lock did
 *     PiExit, RobustWords    the exit of a task, and the locks that it marks
 *     PriorityListener       receives priorities for a scheduler
 *
 *   scans and diagnostics
 *     WaiterInfo             one waiter, as a dump describes it
 *     TableCounters          how many waiters were queued, woken and timed out
 *     Deadlocks              cycles of waiters
 *     WaiterScan             cancel waiters of the whole table
 *     WaiterDump             describe waiters of the whole table
 *     TableScan, ScanCursor  a scan in bounded steps
 *     ScanGate               suspends requeues for the last pass of a scan
 *     WaiterRelocator        moves waiters when a mapping moves
 *     StuckWaiterDetector    waiters of words that were changed long ago
 *     JfrRecorder, JfrEvents events of the flight recorder
 *
 *   helpers
 *     Preconditions          argument checks
 *     FirstUse, StackProbe   loads classes before the first wait
 *     NoInline               calls that the JIT must not inline
 * </pre>
 *
 * <p>The path of one wake:
 *
 * <pre>
 *   FutexTable.wake(memory, address, scope, count)
 *     Wake.checkedHash                  check the arguments; hash of the key
 *     fullFence                         (B), see Bucket
 *     Buckets.isEmpty                   no waiter in the bucket: return 0
 *     Wake.queued
 *       FutexMemory.sharedKey           only for a shared word
 *       Bucket.lock
 *         Bucket.findLocked             the queue of the key
 *         WakeList.wakeLocked           remove waiters and set their state: the wake is decided
 *       Bucket.unlock
 *       WakeList.notifyAllEnded         without a lock, for all chosen waiters
 *         WaitListener.notifyThread     first: LockSupport.unpark of each thread that sleeps
 *         PiInheritance.notifyListeners then: the listeners of changed priorities
 *         Callback                      then: the callbacks, unless this thread is inside one already
 * </pre>
 *
 * <p>In all packages a null argument is rejected with a {@link java.lang.NullPointerException} that names the
 * parameter, before anything has changed, except where {@link org.jspecify.annotations.Nullable} permits it.
 *
 * <p>Lock order:
 *
 * <pre>
 *   the detector of stuck waiters
 *     the gate that suspends requeues
 *       bucket with the lower index
 *         bucket with the higher index
 *           the table's PI lock
 *             locks of a FutexMemory
 * </pre>
 *
 * <p>Events of the flight recorder, if the run-time image contains it. They are off, and cost nothing, unless a
 * recording enables them, as {@code jcmd PID JFR.start +org.jfutex.Wait#enabled=true} does or {@code
 * Recording.enable("org.jfutex.Wait")}:
 *
 * <pre>
 *   org.jfutex.Wait          a wait has ended                               firstKey, key, outcome, callback
 *   org.jfutex.Wake          a wake has woken, or handed a lock over        key, woken
 *   org.jfutex.Requeue       a requeue has woken or moved                   from, to, woken, moved
 *   org.jfutex.StuckWaiter   findStuckWaiters has found a waiter            key, waiter, task, expected, actual
 * </pre>
 *
 * <p>A wait is recorded if a thread has spun or slept on it, or if it had a callback, a stage or a descriptor. The
 * record begins at that moment. A wait that is only polled, or that ended before, has no event. A wake or a requeue
 * without waiters is not recorded, so it costs as little as without a recorder. A wake-op has an event for each of its
 * words. Also not recorded are waits that a {@link org.jfutex.MixedWaitersException} leaves woken, moves by {@link
 * org.jfutex.FutexTable#mappingListener}, and events for which memory is missing.
 *
 * <p>A caller's code is called without a lock held: callbacks, unparks and signal handlers run after the last lock is
 * released. The exceptions are {@link org.jfutex.key.FutexMemory}, {@link org.jfutex.PiTasks} and, under the locks of
 * the detector and of the timers alone, {@link org.jfutex.time.FutexClock}.
 */
@NullMarked
package org.jfutex;

import org.jspecify.annotations.NullMarked;
