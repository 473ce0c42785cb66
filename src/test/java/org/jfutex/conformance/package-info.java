/**
 * A conformance suite that an embedder runs in its own build over its own memory: extend {@link
 * org.jfutex.conformance.FutexConformance}.
 *
 * <p>The suite is an artifact of its own, with the classifier {@code conformance}. It contains programs and their
 * results as recorded on Linux. If your memory supports more than private mappings, implement {@link
 * org.jfutex.replay.Stage}.
 *
 * <p>This table lists faults that were reported against other projects, and the test that detects each fault:
 *
 * <pre>
 * wakes lost, stolen or invented
 *   dylibso/chicory 1131, 1132            NamedBugs.noWakeIsLostBetweenCheckAndSleep,
 *                                         LeakBugs.timedOutWaitersLeaveNothingQueued
 *   dylibso/chicory 1314, 1315            NamedBugs.laterWaiterNeverTakesEarlierWaitersWake
 *   bytecodealliance/endive 106, 107      the same
 *   nanovms/nanos 1601                    NamedBugs.noWakeIsLostBetweenCheckAndSleep
 *   unikraft 1763, WebKit 7048            the same
 *   llvm 77659, 109290                    the same
 *   kiyoka/Emulin 533                     NamedBugs.interruptEndsSleepAndDequeuesWaiter
 *   occlum 463                            the same
 *   kiyoka/Emulin 549, DragonOS           NamedBugs.requeuedWaiterIsWokenOrTimesOutAtTarget
 *   kiyoka/Emulin 914                     NamedBugs.requeueIsAtomicForWakerOfBothWords
 *   kiyoka/Emulin 435                     NamedBugs.absoluteDeadlineIsNotTreatedAsTimeout
 *   kiyoka/Emulin 740                     WaitRules.bitsetSelectsWaitersOfWord
 *   kiyoka/Emulin 759                     NamedBugs.stuckWaiterIsReported
 *   WebAssembly/threads 135               NamedBugs.allSixtyFourBitsAreCompared, NamedBugs.waiterSleepsUntilWoken
 *   WebAssembly/threads 191               not applicable: WasmAtomics knows whether a memory is shared
 *   test262                               NamedBugs.waitersAreWokenInFifoOrder
 *   JRISC-V, vmx86                        NamedBugs.consecutiveWakesReachDifferentWaiters
 *   vmx86, unidbg                         NamedBugs.wakeReturnsNumberOfWokenWaiters,
 *                                         NamedBugs.wakeWithoutWaitersReturnsZero
 *
 * keys
 *   kiyoka/Emulin 709, asterinas 3053     KeyRules.equalAddressesInDifferentMemoriesAreDifferentWords
 *   Starry 22, 49                         the same
 *   kiyoka/Emulin 788, 838                KeyRules.sharedWordIsOneFutexAtAllAddresses,
 *                                         KeyRules.differentSharedWordsNeverMatch
 *   asterinas 2515, DragonOS 1376         the same
 *   SerenityOS 4467, litebox 304          the same
 *   m-ou-se/atomic-wait 7                 the same, among the processes of one emulator
 *   dusk-studio 363, openenclave 85       not applicable: a table serves one JVM
 *   libshmipc 16, pcdv/jocket 3           the same
 *   the mail of 2003                      KeyRules.forkAndCopyOnWriteKeepPrivateWaitersSeparate
 *
 * leaks: entries without waiters
 *   bytecodealliance/wasmtime 13981       LeakBugs.timedOutWaitersLeaveNothingQueued
 *   asterinas 2366, 2377                  the same
 *   kiyoka/Emulin 886, parking_lot 211    LeakBugs.closedMemoryCanBeCollected
 *   OpenHFT/Chronicle-Map 95              NamedBugs.waiterSleepsUntilWoken
 *
 * locks whose owner dies
 *   OpenHFT/Chronicle-Map 36, 63, 79      LockBugs.registeredLockOfDeadOwnerGoesToNextWaiter
 *   OpenHFT/Chronicle-Map 99, 149         the same; not applicable if the owner was another JVM
 *   FEX-Emu/FEX 802, 809                  the same; org.jfutex.linux processes robust lists
 *   ptitSeb/box86 976, 1034               the same
 *   sysprog21/elfuse 173                  LockBugs.unregisteredLockOfDeadOwnerIsRejected,
 *                                         NamedBugs.requeueToItsOwnWordTerminates
 *   sysprog21/elfuse 350                  LockBugs.invalidLockIsRejectedAsInLinux
 *   sysprog21/elfuse 348                  LockBugs.plainWakeAndRequeueRejectPiWaiters; its speed: see below
 *
 * operations that were missing
 *   lat-opensource/lat 477                LockBugs.lockDeadlineUsesItsOwnClock
 *   OFFTKP/felix86 267, Uros 325          WaitRules.waitvReturnsIndexOfWokenWord
 *   qilingframework/qiling 543            WaitRules.bitsetSelectsWaitersOfWord
 *   PanamaUring 62                        StageBugs.wakeOfStageIsNeverLost
 *   zhkl0228/unidbg 330, 665, 701         not applicable: most tests here use one thread that never blocks
 *
 * waits without a thread
 *   nodejs/node 61941, oven-sh/bun 34911  StageBugs.wakeOfStageIsNeverLost
 *   nodejs/node 44409, denoland/deno 14786  StageBugs.stageTimesOutWithoutOtherActivity
 *   whatwg/html 8276                      StageBugs.closingMemoryEndsItsStagesInOrder
 *
 * speed
 *   google/gvisor 1051                    NamedBugs.callbackRunsWithoutQueueLock
 *   sysprog21/elfuse 348                  not applicable: a property of the table, measured by benchmarks
 *   llvm 208493, 208804                   the same
 * </pre>
 */
@NullMarked
package org.jfutex.conformance;

import org.jspecify.annotations.NullMarked;
