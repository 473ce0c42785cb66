package org.jfutex.explore;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jfutex.Scope;
import org.jspecify.annotations.Nullable;

/**
 * A program of a few guests, the schedules to try, and the properties to check. Each method returns a new explorer and
 * does not change this one.
 *
 * <p>A guest that runs can be interrupted before each operation on shared words. If it could have continued, that is a
 * preemption. Most errors need one or two. An exploration of all schedules tries those without preemptions first, then
 * those with one, and so on; so the first failure that it finds has the fewest.
 *
 * <p>Two schedules that lead to the same state are continued once. The state consists of the words, the order of the
 * waiters, the time, and what each guest has read so far. So a program must keep its shared state in words: see {@link
 * GuestProgram#run}. {@link #withoutReduction} continues each of them.
 *
 * <p>An explorer may be used any number of times, by any number of threads.
 */
public final class Explorer {

    private enum Mode {
        ALL,
        RANDOM,
        PCT,
        REPLAY
    }

    private final Mode mode;
    private final Program program;
    private int preemptions = Integer.MAX_VALUE;
    private boolean reduced = true;
    private long maxRuns = Long.MAX_VALUE;
    private int maxStates = 4_000_000;
    private long seed;
    private int depth = 3;
    private String schedule = "";
    private @Nullable Path report;

    private Explorer(Mode mode) {
        this(mode, new Program());
    }

    private Explorer(Mode mode, Program program) {
        this.mode = mode;
        this.program = program;
    }

    /**
     * Returns an explorer of all schedules, with any number of preemptions unless {@link #preemptions} bounds them.
     *
     * @return the explorer, without guests
     */
    public static Explorer allSchedules() {
        return new Explorer(Mode.ALL);
    }

    /**
     * Returns an explorer of random schedules.
     *
     * @param seed determines the schedules
     * @param count how many
     * @return the explorer, without guests
     * @throws IllegalArgumentException if {@code count} is not positive
     */
    public static Explorer random(long seed, long count) {
        Explorer e = new Explorer(Mode.RANDOM);
        e.seed = seed;
        e.maxRuns = positive(count);
        return e;
    }

    /**
     * Returns an explorer of random schedules with few preemptions: probabilistic concurrency testing. It finds an
     * error that needs {@code depth} orderings of steps more often than {@link #random} does.
     *
     * @param seed determines the schedules
     * @param count how many
     * @param depth the number of orderings, 2 or 3 for most errors
     * @return the explorer, without guests
     * @throws IllegalArgumentException if {@code count} or {@code depth} is not positive
     */
    public static Explorer pct(long seed, long count, int depth) {
        Explorer e = new Explorer(Mode.PCT);
        e.seed = seed;
        e.maxRuns = positive(count);
        e.depth = (int) positive(depth);
        return e;
    }

    /**
     * Returns an explorer of one schedule.
     *
     * @param schedule the {@linkplain Failure#schedule id} of a schedule of the same program
     * @return the explorer, without guests
     * @throws IllegalArgumentException if it is not the id of a schedule
     */
    public static Explorer replay(String schedule) {
        Choice.parse(requireNonNull(schedule, "schedule"));
        Explorer e = new Explorer(Mode.REPLAY);
        e.schedule = schedule;
        return e;
    }

    private static long positive(long n) {
        if (n <= 0) {
            throw new IllegalArgumentException(n + " is not positive");
        }
        return n;
    }

    private Explorer with(Consumer<Explorer> change) {
        return with(mode, change);
    }

    private Explorer with(Mode newMode, Consumer<Explorer> change) {
        Explorer e = new Explorer(newMode, program.copy());
        e.preemptions = preemptions;
        e.reduced = reduced;
        e.maxRuns = maxRuns;
        e.maxStates = maxStates;
        e.seed = seed;
        e.depth = depth;
        e.schedule = schedule;
        e.report = report;
        change.accept(e);
        return e;
    }

    /**
     * Returns an explorer of one schedule of this explorer's program.
     *
     * @param id the {@linkplain Failure#schedule id} of the schedule
     * @return the explorer
     * @throws IllegalArgumentException if it is not the id of a schedule
     */
    public Explorer replaying(String id) {
        Choice.parse(requireNonNull(id, "id"));
        return with(Mode.REPLAY, e -> e.schedule = id);
    }

    // ---- the program

    /**
     * Adds a guest that runs on a thread of its own: a virtual one on JDK 21 and later.
     *
     * @param name its name
     * @param guest its program, which is run once in every schedule
     * @return an explorer with this setting
     * @throws IllegalArgumentException if there are 26 guests already
     */
    public Explorer thread(String name, GuestProgram guest) {
        return add(new Program.Spec(requireNonNull(name, "name"), requireNonNull(guest, "guest"), null));
    }

    /**
     * Adds a guest without a thread.
     *
     * @param name its name
     * @param machine creates its machine, once for every schedule
     * @return an explorer with this setting
     * @throws IllegalArgumentException if there are 26 guests already
     */
    public Explorer machine(String name, Supplier<? extends StepMachine> machine) {
        return add(new Program.Spec(requireNonNull(name, "name"), null, requireNonNull(machine, "machine")));
    }

    private Explorer add(Program.Spec guest) {
        if (program.guests.size() == Choice.MAX_GUESTS) {
            throw new IllegalArgumentException("there are " + Choice.MAX_GUESTS + " guests already");
        }
        return with(e -> e.program.guests.add(guest));
    }

    /**
     * Names a word, for messages, and sets its value at the beginning of every schedule. Words without a name are 0.
     *
     * @param name its name
     * @param address a multiple of 4 below the size of the memory
     * @param value its value at the beginning
     * @return an explorer with this setting
     * @throws IllegalArgumentException if the address is not a multiple of 4 or too high
     */
    public Explorer word(String name, long address, int value) {
        requireNonNull(name, "name");
        if ((address & 3) != 0 || address < 0 || address > program.memoryBytes - 4) {
            throw new IllegalArgumentException("0x" + Long.toHexString(address) + " is no word of the memory");
        }
        return with(e -> {
            e.program.names.put(address, name);
            e.program.values.put(address, value);
        });
    }

    /**
     * Sets the size of the memory.
     *
     * @param bytes a multiple of 8 from 8 to 1,048,576; 1024 unless set
     * @return an explorer with this setting
     * @throws IllegalArgumentException if it is another number, or a {@linkplain #word word} is beyond it
     */
    public Explorer memoryBytes(int bytes) {
        if (bytes < 8 || bytes > 1 << 20 || bytes % 8 != 0) {
            throw new IllegalArgumentException(bytes + " bytes are not a multiple of 8 from 8 to 1048576");
        }
        if (program.names.keySet().stream().anyMatch(a -> a > bytes - 4)) {
            throw new IllegalArgumentException("a word is beyond " + bytes + " bytes");
        }
        return with(e -> e.program.memoryBytes = bytes);
    }

    /**
     * Sets the scope of the futex operations of {@link Guest}.
     *
     * @param scope {@link Scope#PRIVATE} unless set; locks that a kernel must unlock for a dead guest need {@link
     *     Scope#SHARED}
     * @return the explorer with it
     */
    public Explorer scope(Scope scope) {
        requireNonNull(scope, "scope");
        return with(e -> e.program.scope = scope);
    }

    /**
     * Permits faults: the explorer chooses when they come, at most {@link #maxFaults} in one schedule.
     *
     * @param faults the kinds
     * @return an explorer that permits these faults in addition to the present ones
     */
    public Explorer faults(Fault... faults) {
        Set<Fault> kinds = Set.of(faults);
        return with(e -> e.program.faults.addAll(kinds));
    }

    /**
     * Sets how many faults come in one schedule.
     *
     * @param most the maximum, not negative; 1 unless set
     * @return an explorer with this setting
     * @throws IllegalArgumentException if it is negative
     */
    public Explorer maxFaults(int most) {
        if (most < 0) {
            throw new IllegalArgumentException(most + " faults cannot come");
        }
        return with(e -> e.program.maxFaults = most);
    }

    // ---- the properties

    /**
     * Adds a property that must hold at the beginning and after every step.
     *
     * @param name the property in words
     * @param holds a predicate that is true if the property holds; it must depend on the given state only
     * @return an explorer with this setting
     */
    public Explorer invariant(String name, Predicate<? super GuestState> holds) {
        Program.Property p = new Program.Property(requireNonNull(name, "name"), requireNonNull(holds, "holds"));
        return with(e -> e.program.invariants.add(p));
    }

    /**
     * Adds a property that must hold when every guest has ended.
     *
     * @param name the property in words
     * @param holds a predicate that is true if the property holds; it must depend on the given state only
     * @return an explorer with this setting
     */
    public Explorer finallyExpect(String name, Predicate<? super GuestState> holds) {
        Program.Property p = new Program.Property(requireNonNull(name, "name"), requireNonNull(holds, "holds"));
        return with(e -> e.program.expectations.add(p));
    }

    // ---- the bounds

    /**
     * Bounds the number of preemptions in one schedule, for {@link #allSchedules}.
     *
     * @param most the bound, not negative
     * @return an explorer with this setting
     * @throws IllegalArgumentException if it is negative
     */
    public Explorer preemptions(int most) {
        if (most < 0) {
            throw new IllegalArgumentException(most + " preemptions are not possible");
        }
        return with(e -> e.preemptions = most);
    }

    /**
     * Explores every schedule, even if it leads to a state that was explored before. This is for programs that share
     * state outside of words, and takes much longer.
     *
     * @return an explorer without reduction
     */
    public Explorer withoutReduction() {
        return with(e -> e.reduced = false);
    }

    /**
     * Ends an exploration after a number of executions, even if schedules are left.
     *
     * @param runs the number
     * @return an explorer with this limit
     * @throws IllegalArgumentException if it is not positive
     */
    public Explorer maxRuns(long runs) {
        positive(runs);
        return with(e -> e.maxRuns = runs);
    }

    /**
     * Sets after how many steps of one schedule guests take turns, so that a guest that polls cannot keep others from
     * running. After twice as many steps the schedule fails as a {@linkplain Failure.Kind#LIVELOCK livelock}.
     *
     * @param steps the number; 2000 unless set
     * @return an explorer with this setting
     * @throws IllegalArgumentException if it is not positive
     */
    public Explorer maxSteps(int steps) {
        positive(steps);
        return with(e -> e.program.maxSteps = steps);
    }

    /**
     * Bounds the number of states that an exploration remembers; each takes up to 48 bytes. States beyond the bound are
     * explored each time they are reached.
     *
     * @param states the bound, at most 8,388,608; 4,000,000 unless set
     * @return an explorer with this setting
     * @throws IllegalArgumentException if it is not positive
     */
    public Explorer maxStates(int states) {
        positive(states);
        return with(e -> e.maxStates = states);
    }

    // ---- exploration

    /**
     * Makes {@link #check} write a {@linkplain Failure#html page} about a failure before it throws.
     *
     * @param file the file to write; the directories above it are created
     * @return the explorer with it
     */
    public Explorer report(Path file) {
        requireNonNull(file, "file");
        return with(e -> e.report = file);
    }

    /**
     * Explores, and throws an error if a schedule fails.
     *
     * @return how the exploration ended
     * @throws ExplorationFailedError if a schedule failed; the message shows it
     * @throws IllegalStateException as {@link #run} does
     * @throws UncheckedIOException if the {@link #report} cannot be written
     */
    public Exploration check() {
        Exploration result = run();
        Failure failure = result.found();
        if (failure != null) {
            write(failure);
            throw new ExplorationFailedError(failure);
        }
        return result;
    }

    private void write(Failure failure) {
        if (report == null) {
            return;
        }
        try {
            Path directory = report.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Files.writeString(report, failure.html());
        } catch (IOException e) {
            throw new UncheckedIOException(failure.toString(), e); // the failure must not be lost
        }
    }

    /**
     * Explores until a schedule fails or none is left.
     *
     * @return how the exploration ended
     * @throws IllegalStateException if there are no guests, or a guest is not deterministic
     */
    public Exploration run() {
        if (program.guests.isEmpty()) {
            throw new IllegalStateException("there are no guests");
        }
        return program.hasThreads() && Threads.areVirtual() ? onVirtualThread() : search();
    }

    /** Explores on a virtual thread, so that each hand-over to a guest is one between virtual threads. */
    private Exploration onVirtualThread() {
        Thread caller = Thread.currentThread();
        var outcome = new Object() {
            volatile @Nullable Exploration result;
            volatile @Nullable Throwable thrown;
        };
        Threads.start("explorer", () -> {
            try {
                outcome.result = search();
            } catch (Throwable e) {
                outcome.thrown = e;
            }
            LockSupport.unpark(caller);
        });
        boolean interrupted = false;
        while (outcome.result == null && outcome.thrown == null) {
            LockSupport.park(outcome);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            caller.interrupt();
        }
        Throwable thrown = outcome.thrown;
        if (thrown instanceof RuntimeException e) {
            throw e;
        } else if (thrown != null) {
            throw new IllegalStateException(thrown);
        }
        return requireNonNull(outcome.result);
    }

    private Exploration search() {
        Execution execution = new Execution(program);
        try {
            return new Search(execution).run();
        } finally {
            execution.close();
        }
    }

    /** One exploration. */
    private final class Search {

        private final Execution execution;
        private final VisitedStates visited = new VisitedStates(maxStates);
        private long schedules;
        private long runs;
        private long steps;

        Search(Execution execution) {
            this.execution = execution;
        }

        Exploration run() {
            return switch (mode) {
                case ALL -> all();
                case RANDOM, PCT -> random();
                case REPLAY -> {
                    runOnce(new Replay(Choice.parse(schedule)));
                    yield result(true);
                }
            };
        }

        private Exploration all() {
            if (preemptions == Integer.MAX_VALUE) {
                return result(pass(preemptions));
            }
            for (int bound = 0; bound <= preemptions; bound++) {
                if (!pass(bound)) {
                    return result(false);
                }
            }
            return result(true);
        }

        /** Explores the schedules within a bound; returns whether all of them were covered and none failed. */
        private boolean pass(int bound) {
            DepthFirst chooser = new DepthFirst(bound, reduced ? visited : null);
            chooser.begin();
            do {
                if (runs == maxRuns) {
                    return false;
                }
                runOnce(chooser);
                if (execution.failureKind() != null) {
                    return false;
                }
                boolean counted = bound == Integer.MAX_VALUE || execution.preemptions() == bound;
                schedules += counted && !execution.wasPruned() ? 1 : 0; // the others were counted by an earlier pass
            } while (chooser.next());
            return true;
        }

        private Exploration random() {
            int length = 20;
            while (runs < maxRuns) {
                long s = Mix.add(seed, runs);
                runOnce(mode == Mode.RANDOM ? new RandomWalk(s) : new Pct(s, program.guests.size(), depth, length));
                if (execution.failureKind() != null) {
                    break;
                }
                length = Math.max(length, execution.steps());
                schedules++;
            }
            return result(false);
        }

        private void runOnce(Chooser chooser) {
            execution.run(chooser, null);
            runs++;
            steps += execution.steps();
        }

        private Exploration result(boolean complete) {
            boolean failed = execution.failureKind() != null;
            int states = visited.size();
            return new Exploration(schedules, runs, states, steps, complete && !failed, failed ? failure() : null);
        }

        /** Returns the failure of the last run, with the shortest schedule that fails so. */
        private Failure failure() {
            int[] failed = mode == Mode.REPLAY ? execution.trace() : new Shrinker(execution).shrink();
            execution.run(new Replay(failed), new Recorder(execution));
            if (execution.failureKind() == null) {
                throw new IllegalStateException(
                        "the guests are not deterministic: schedule " + Choice.id(failed) + " failed only once");
            }
            return execution.failure();
        }
    }
}
