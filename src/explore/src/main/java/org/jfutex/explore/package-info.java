/**
 * Runs a program that uses futexes under every schedule, or under many, and shows the schedule that fails. All
 * schedules are sequentially consistent: each access to a word is one step, every thread sees the steps in one order,
 * and no store is delayed. So this package finds errors of a protocol. It does not find missing fences, for which
 * jcstress exists.
 *
 * <pre>{@code
 * Explorer.allSchedules().preemptions(2)
 *         .thread("A", g -> { lock(g); g.store(X, g.load(X) + 1); unlock(g); })
 *         .thread("B", g -> { lock(g); g.store(X, g.load(X) + 1); unlock(g); })
 *         .finallyExpect("both updates count", s -> s.load(X) == 2)
 *         .check();
 * }</pre>
 *
 * <p>A program consists of guests. Each is a lambda that runs on a thread of its own, or a {@link
 * org.jfutex.explore.StepMachine}, which needs no thread and is faster. One guest runs at a time. It gives way before
 * each operation on shared words: the operations of {@link org.jfutex.explore.Guest}, and those that any other code
 * performs on {@link org.jfutex.explore.Guest#memory()} and {@link org.jfutex.explore.Guest#table()}. So the locks of
 * {@link org.jfutex.sync}, and your own, run unchanged. An operation of the table is one step.
 *
 * <p>The files in reading order:
 *
 * <pre>
 *   interface
 *     Explorer             a program, the schedules to try, and the properties to check
 *     Guest                the operations of a guest
 *     GuestProgram         a guest that runs on a thread
 *     StepMachine          a guest without a thread
 *     GuestState           the words, as properties read them
 *     Fault                what else may happen to a guest
 *     Exploration          how an exploration ended
 *     Failure              the property that failed, and the schedule
 *     ScheduleStep         one step of that schedule
 *     ExplorationFailedError
 *
 *   one execution
 *     Execution            runs the guests step by step
 *     Actor                a guest during an execution; ThreadActor, MachineActor
 *     Baton                passes the right to run from thread to thread
 *     ExploredMemory       a memory whose accesses are steps
 *     ExploredClock        a clock that moves only if a deadline is chosen to pass
 *     Recorder             writes the steps down
 *
 *   schedules
 *     Choice               one decision: which guest continues, or which fault comes
 *     Chooser              takes the decisions: DepthFirst, RandomWalk, Pct, Replay
 *     VisitedStates        the states whose continuations were explored
 *     Shrinker             finds a shorter schedule that fails equally
 *
 *   output
 *     MermaidDiagram       a schedule as a sequence diagram
 *     HtmlPage             a schedule as a page to step through
 * </pre>
 */
@NullMarked
package org.jfutex.explore;

import org.jspecify.annotations.NullMarked;
