/**
 * A suite that an embedder runs in its own build over its own memory: extend {@link org.jfutex.conformance.FutexConformance}.
 *
 * <p>It comes as an artifact of its own, with the classifier {@code conformance}, together with programs that Linux ran and what they answered: see {@link
 * org.jfutex.replay.Stage} for who has more than private memory.
 *
 * <p>What was reported against others, and the test that sees it:
 *
 * <pre>
 * wakes lost, stolen or invented
 *   dylibso/chicory 1131, 1132            NamedBugs.noWakeIsLostBetweenTheLookAndTheSleep, LeakBugs.nothingStaysOfWhoTimedOut
 *   dylibso/chicory 1314, 1315            NamedBugs.lateWaiterNeverTakesTheWakeOfAnEarlierOne
 *   bytecodealliance/endive 106, 107      the same
 *   nanovms/nanos 1601                    NamedBugs.noWakeIsLostBetweenTheLookAndTheSleep
 *   unikraft 1763, WebKit 7048            the same
 *   llvm 77659, 109290                    the same
 *   kiyoka/Emulin 533                     NamedBugs.interruptEndsASleepAndLeavesNobodyQueued
 *   occlum 463                            the same
 *   kiyoka/Emulin 549, DragonOS           NamedBugs.requeuedWaiterIsWokenAtItsNewWordAndTimesOutThere
 *   kiyoka/Emulin 914                     NamedBugs.requeueIsOneStepForAWakerOfBothWords
 *   kiyoka/Emulin 435                     NamedBugs.absoluteDeadlineIsAPointOfItsClock
 *   kiyoka/Emulin 740                     WaitRules.bitsetsSelectAmongTheWaitersOfAWord
 *   kiyoka/Emulin 759                     NamedBugs.sleeperWhoseWakeIsMissingIsNamed
 *   WebAssembly/threads 135               NamedBugs.allSixtyFourBitsAreCompared, NamedBugs.waiterSleepsAndOnlyAWakeEndsThat
 *   WebAssembly/threads 191               not applicable: whether a memory is shared is known to WasmAtomics alone, not to the memory
 *   test262                               NamedBugs.waitersAreWokenInTheirOrder
 *   JRISC-V, vmx86                        NamedBugs.eachWakeOfOneReachesAnotherWaiter
 *   vmx86, unidbg                         NamedBugs.wakeAnswersHowManyThereWere, NamedBugs.wakeOfNobodyAnswersZero
 *
 * keys
 *   kiyoka/Emulin 709, asterinas 3053     KeyRules.sameAddressInAnotherMemoryIsAnotherWord
 *   Starry 22, 49                         the same
 *   kiyoka/Emulin 788, 838                KeyRules.sharedWordIsOneAtAllItsPlaces, KeyRules.wordsThatOnlyLookAlikeNeverMeet
 *   asterinas 2515, DragonOS 1376         the same
 *   SerenityOS 4467, litebox 304          the same
 *   m-ou-se/atomic-wait 7                 the same, among the processes of one emulator
 *   dusk-studio 363, openenclave 85       not applicable between processes of the host: a table serves one JVM
 *   libshmipc 16, pcdv/jocket 3           the same
 *   the mail of 2003                      KeyRules.forkedChildNeverWakesItsParentAndCopyOnWriteLosesNoWaiter
 *
 * what stays though nobody waits
 *   bytecodealliance/wasmtime 13981       LeakBugs.nothingStaysOfWhoTimedOut
 *   asterinas 2366, 2377                  the same
 *   kiyoka/Emulin 886, parking_lot 211    LeakBugs.memoryThatIsClosedCanBeCollected
 *   OpenHFT/Chronicle-Map 95              NamedBugs.waiterSleepsAndOnlyAWakeEndsThat
 *
 * locks whose owner dies
 *   OpenHFT/Chronicle-Map 36, 63, 79      LockBugs.lockThatItsDeadOwnerHadNotedGoesToTheNextWhoIsTold
 *   OpenHFT/Chronicle-Map 99, 149         the same; a lock in a file whose owner was another JVM is not applicable: no table saw it die
 *   FEX-Emu/FEX 802, 809                  the same; robust lists in guest memory are org.jfutex.linux's, not a memory's
 *   ptitSeb/box86 976, 1034               the same
 *   sysprog21/elfuse 173                  LockBugs.lockThatItsDeadOwnerHadNotNotedIsRefused, NamedBugs.requeueToTheSameWordEnds
 *   sysprog21/elfuse 350                  LockBugs.lockRefusesWhatLinuxRefusesAndLeavesTheWord
 *   sysprog21/elfuse 348                  LockBugs.plainWakesAndRequeuesRefuseWhoWaitsForALock; its speed: see below
 *
 * operations that were missing
 *   lat-opensource/lat 477                LockBugs.deadlineOfALockIsAPointOfItsOwnClock
 *   OFFTKP/felix86 267, Uros 325          WaitRules.waitOnManyWordsEndsWithOneWakeAndTellsWhich
 *   qilingframework/qiling 543            WaitRules.bitsetsSelectAmongTheWaitersOfAWord
 *   PanamaUring 62                        StageBugs.wakeOfAStageIsNeverLost
 *   zhkl0228/unidbg 330, 665, 701         not applicable to a memory: most tests here wait on one thread that never blocks
 *
 * waits without a thread
 *   nodejs/node 61941, oven-sh/bun 34911  StageBugs.wakeOfAStageIsNeverLost
 *   nodejs/node 44409, denoland/deno 14786  StageBugs.stageTimesOutThoughNothingElseHappens
 *   whatwg/html 8276                      StageBugs.stagesOfAClosedMemoryEndAtOnceAndInTheirOrder
 *
 * speed
 *   google/gvisor 1051                    NamedBugs.whoIsToldOfAWakeFindsTheQueueUnlocked
 *   sysprog21/elfuse 348                  not applicable: a matter of the table, and of its benchmarks
 *   llvm 208493, 208804                   the same
 * </pre>
 */
@NullMarked
package org.jfutex.conformance;

import org.jspecify.annotations.NullMarked;
