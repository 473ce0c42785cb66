package org.jfutex.explore;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jfutex.FutexTable;
import org.jfutex.PendingWait;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitResult;
import org.jfutex.WaiterInfo;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.PrivateKey;
import org.jfutex.linux.Abi;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program under one schedule after the other. The guests of one run share a table and a memory that are reset
 * for the next run.
 */
final class Execution implements GuestState {

    /*
     * One thread has the baton and runs: the explorer's thread, or that of a guest. A guest on a thread that reaches
     * its next operation decides itself which guest makes the next step, and passes the baton only if that is another
     * guest. So a run costs one change of threads for each switch of its schedule, and not for each step.
     *
     * A decision is taken before each step. What a step does:
     *
     *      a guest that is READY             one operation, and the program up to the next operation or the end
     *      SLEEPING, its wait has ended      as READY, because receiving the result affects no other guest
     *      SLEEPING, a deadline has passed   leaves the queue, and the program up to the next operation
     *        or a signal is pending
     */

    /** After how many steps in a row that changed nothing a guest is treated as if it had paused. */
    private static final int MAX_IDLE_STEPS = 50;

    private final Program program;
    private final Baton baton;
    private final Baton.Holder explorer = new Baton.Holder();
    private final ExploredMemory memory;
    private final ExploredClock clock = new ExploredClock(this);
    private final Actor[] actors;
    private final int[] options;
    private boolean closed;

    // ---- of the present run
    private TaskTable tasks;
    private FutexTable table;
    private Chooser chooser;
    private @Nullable Recorder recorder;
    private @Nullable Actor running; // the guest whose code runs
    private @Nullable Actor current; // the guest that made the last step
    private @Nullable Actor next; // the guest to which a guest passes the baton by way of the explorer
    private boolean hooked; // accesses of the running guest are steps
    private boolean aborting;
    private boolean pruned;
    private int[] trace = new int[64];
    private int traceLength;
    private int steps;
    private int preemptions;
    private int faults;
    private boolean goesOn; // whether the guest that made the last step may make the next one
    private boolean tableUsed; // waiters may have been moved since
    private long changesSeen;
    private long effects; // operations on queues that had an effect
    private long wakes;
    private long woken;
    private Failure.@Nullable Kind failure;
    private String message = "";
    private @Nullable Throwable cause;
    private @Nullable Throwable broken; // an error of the exploration itself
    private final int[] order; // of the guests that sleep, by arrival
    private int sleepers;

    Execution(Program program) {
        this.program = program;
        baton = new Baton(Threads.areVirtual());
        memory = new ExploredMemory(this, program.memoryBytes);
        actors = new Actor[program.guests.size()];
        for (int i = 0; i < actors.length; i++) {
            Program.Spec spec = program.guests.get(i);
            actors[i] = spec.program() != null
                    ? new ThreadActor(this, i, spec.name(), spec.program())
                    : new MachineActor(this, i, spec.name(), requireNonNull(spec.machine()));
        }
        options = new int[actors.length * (Fault.values().length + 1)];
        order = new int[actors.length];
        tasks = newTasks();
        table = tasks.table();
        chooser = new Replay(new int[0]);
    }

    private TaskTable newTasks() {
        return new TaskTable(
                FutexTable.builder().buckets(2).spinPolicy(SpinPolicy.NONE).clock(clock));
    }

    // ---- one run

    /** Runs the program once. Called by the explorer's thread. */
    void run(Chooser by, @Nullable Recorder records) {
        explorer.thread = Thread.currentThread();
        reset(by, records);
        Actor actor = decide();
        while (actor != null) {
            if (actor instanceof MachineActor machine) {
                runMachine(machine);
                actor = decide();
            } else {
                begin((ThreadActor) actor);
                actor = next;
            }
        }
        unwind();
        if (broken != null) {
            throw sneaky(broken);
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E sneaky(Throwable t) throws E {
        throw (E) t;
    }

    private void reset(Chooser by, @Nullable Recorder records) {
        chooser = by;
        recorder = records;
        memory.reset();
        program.values.forEach((address, value) -> memory.set(address, value));
        program.names.keySet().forEach(memory::get);
        changesSeen = memory.changes();
        clock.now = 0;
        running = null;
        current = null;
        hooked = false;
        aborting = false;
        pruned = false;
        traceLength = 0;
        steps = 0;
        preemptions = 0;
        faults = 0;
        tableUsed = false;
        effects = 0;
        wakes = 0;
        woken = 0;
        failure = null;
        message = "";
        cause = null;
        broken = null;
        sleepers = 0;
        tasks = newTasks();
        table = tasks.table();
        for (Actor actor : actors) {
            actor.reset();
        }
    }

    private void runMachine(MachineActor machine) {
        running = machine;
        try {
            machine.run();
        } catch (Throwable e) {
            machine.status = Actor.Status.DONE;
            fail(Failure.Kind.EXCEPTION, machine.name() + " threw " + e, e);
        }
        running = null;
    }

    /** Passes the baton to a guest, and waits for it. */
    private void begin(ThreadActor actor) {
        actor.start();
        running = actor;
        hooked = true;
        baton.pass(actor);
        baton.await(explorer);
        running = null;
        hooked = false;
    }

    /** Ends the programs that have not returned. */
    private void unwind() {
        aborting = true;
        for (Actor actor : actors) {
            if (actor instanceof ThreadActor t && t.isLive()) {
                begin(t);
            }
        }
    }

    /** Ends the threads of the guests. */
    void close() {
        closed = true;
        explorer.thread = Thread.currentThread();
        for (Actor actor : actors) {
            if (actor.thread != null) {
                baton.pass(actor);
                baton.await(explorer);
            }
        }
    }

    /** Returns whether the present step was made by the run before, too. */
    boolean isReplaying() {
        return chooser.isReplaying();
    }

    boolean isClosed() {
        return closed;
    }

    Baton baton() {
        return baton;
    }

    // ---- called on the threads of guests

    /** Passes the baton on at the end of a thread. */
    void leave(ThreadActor actor) {
        actor.thread = null;
        baton.pass(explorer);
    }

    /** A guest has reached an operation. */
    void reach(ThreadActor actor) {
        if (aborting) {
            throw ThreadActor.Abort.INSTANCE;
        }
        actor.reach();
    }

    /** Lets another guest make the next step, if that is the decision; returns when this guest is to make one. */
    void giveWay(ThreadActor me) {
        if (aborting) {
            throw ThreadActor.Abort.INSTANCE;
        }
        Actor chosen = decide();
        if (chosen != me) {
            pass(chosen);
            baton.await(me);
            if (aborting) {
                throw ThreadActor.Abort.INSTANCE;
            }
        }
        running = me;
        hooked = true;
    }

    private void pass(@Nullable Actor chosen) {
        if (chosen instanceof ThreadActor other) {
            other.start();
            running = other;
            hooked = true;
            baton.pass(other);
        } else {
            next = chosen;
            running = null;
            hooked = false;
            baton.pass(explorer);
        }
    }

    /** The program of a guest has returned. */
    void finished(ThreadActor actor, @Nullable Throwable thrown) {
        if (aborting) {
            next = null;
            baton.pass(explorer);
            return;
        }
        actor.status = Actor.Status.DONE;
        if (thrown != null && thrown != ThreadActor.Abort.INSTANCE) {
            fail(Failure.Kind.EXCEPTION, actor.name() + " threw " + thrown, thrown);
        }
        pass(decide());
    }

    // ---- decisions

    /** Decides which guest makes the next step; null ends the run. */
    private @Nullable Actor decide() {
        running = null;
        hooked = false;
        try {
            return decideChecked();
        } catch (Throwable e) {
            broken = e;
            return null;
        }
    }

    private @Nullable Actor decideChecked() {
        if (recorder != null) {
            recorder.complete();
        }
        if (failure != null) {
            return null;
        }
        noteStep();
        if (!chooser.isReplaying() && !checkAll(program.invariants, Failure.Kind.INVARIANT, "was false after")) {
            return null;
        }
        while (true) {
            if (recorder != null) {
                recorder.complete();
            }
            int count = collect();
            if (count == 0) {
                if (passEarliestDeadline()) {
                    continue;
                }
                end();
                return null;
            }
            int choice = options[0];
            if (steps > program.maxSteps) {
                if (steps > 2 * program.maxSteps) {
                    livelock();
                    return null;
                }
                choice = fairChoice(count);
            } else if (count > 1 || !Choice.isStep(choice)) {
                choice = chooser.choose(this, options, count);
            } else {
                chooser.forced(choice);
            }
            if (choice == Chooser.PRUNE) {
                pruned = true;
                return null;
            }
            append(choice);
            Actor actor = actors[Choice.guest(choice)];
            if (Choice.isStep(choice)) {
                return take(actor);
            }
            faults++;
            strike(Choice.fault(choice), actor);
        }
    }

    /** Updates what is known of the guest that has made a step. */
    private void noteStep() {
        Actor actor = current;
        if (actor == null) {
            return;
        }
        long now = memory.changes() + effects;
        actor.idleSteps = now == changesSeen ? actor.idleSteps + 1 : 0;
        changesSeen = now;
        if (actor.idleSteps >= MAX_IDLE_STEPS && !actor.paused) {
            actor.idleSteps = 0;
            pause(actor);
        }
    }

    /** Notes that a guest lets others go first. */
    void pause(Actor actor) {
        actor.paused = true;
        actor.yieldsTo = actor.starved;
        actor.starved = 0;
        for (Actor other : actors) {
            if (other != actor && other.isEnabled()) {
                actor.starved |= 1 << other.index;
            }
        }
    }

    /** Fills in the options, those that continue with the last guest first. Returns their number. */
    private int collect() {
        int enabled = 0;
        for (Actor actor : actors) {
            if (actor.isEnabled()) {
                enabled |= 1 << actor.index;
            }
        }
        int eligible = 0;
        for (Actor actor : actors) {
            if ((enabled & 1 << actor.index) != 0 && !actor.paused && (actor.yieldsTo & enabled) == 0) {
                eligible |= 1 << actor.index;
            }
        }
        if (eligible == 0) {
            eligible = enabled;
        }
        int n = 0;
        goesOn = current != null && (eligible & 1 << current.index) != 0;
        if (goesOn) {
            options[n++] = Choice.step(requireNonNull(current).index);
        }
        if (!goesOn || preemptions < chooser.preemptions()) {
            for (Actor actor : actors) {
                if (actor != current && (eligible & 1 << actor.index) != 0) {
                    options[n++] = Choice.step(actor.index);
                }
            }
        }
        return faults < program.maxFaults && steps < program.maxSteps && enabled != 0 ? collectFaults(n) : n;
    }

    private int collectFaults(int from) {
        int n = from;
        for (Fault fault : program.faults) {
            for (Actor actor : actors) {
                if (canStrike(fault, actor)) {
                    options[n++] = Choice.fault(fault, actor.index);
                }
            }
        }
        return n;
    }

    private boolean canStrike(Fault fault, Actor actor) {
        return switch (fault) {
            case TIMEOUT -> actor.canTimeOut();
            case SPURIOUS_WAKE ->
                actor.isAsleep()
                        && actor.wait instanceof PreparedWait
                        && (!(actor instanceof ThreadActor t) || !t.isParked() || address(t) >= 0);
            case SIGNAL ->
                !actor.signalled
                        && (actor.isAsleep() || (actor instanceof ThreadActor && actor.status == Actor.Status.READY));
            case DEATH ->
                actor.lastStep > 0 && (actor.status == Actor.Status.READY || actor.status == Actor.Status.SLEEPING);
        };
    }

    private void strike(Fault fault, Actor actor) {
        switch (fault) {
            case TIMEOUT -> {
                event(actor, "the deadline of " + actor.name() + " passes");
                clock.now = Math.max(clock.now, actor.deadline);
            }
            case SPURIOUS_WAKE -> {
                event(actor, "is woken for no reason");
                if (actor instanceof ThreadActor t && t.isParked()) {
                    wakeStray(t);
                } else {
                    actor.spurious = true;
                }
            }
            case SIGNAL -> {
                event(actor, "gets a signal");
                actor.signalled = true;
            }
            case DEATH -> kill(actor);
        }
    }

    /** Ends a guest as a kernel does: its wait ends, and its robust list and its locks are processed. */
    private void kill(Actor actor) {
        event(actor, "dies");
        PendingWait<?> slept = actor.wait;
        if (actor.status == Actor.Status.SLEEPING) {
            removeSleeper(actor);
        }
        actor.status = Actor.Status.DEAD;
        if (slept instanceof PreparedWait && slept.cancel() == WaitResult.WOKEN) {
            countWoken();
        }
        actor.wait = null;
        Task task = actor.taskIfAny();
        if (task != null) {
            tableUsed();
            task.exit();
        }
    }

    /** Wakes the first waiter of the word on which a guest sleeps, as any user of the memory may. */
    private void wakeStray(ThreadActor actor) {
        boolean before = suspendHook();
        try {
            table.wake(memory, address(actor), isPrivate(actor) ? Scope.PRIVATE : Scope.SHARED, 1);
        } finally {
            resumeHook(before);
        }
    }

    /** Returns the word on which a guest sleeps, -1 if it sleeps on none of its own. */
    private long address(Actor actor) {
        WaiterInfo w = info(actor);
        return w == null ? -1 : address(w.key());
    }

    private boolean isPrivate(Actor actor) {
        WaiterInfo w = info(actor);
        return w != null && w.key() instanceof PrivateKey;
    }

    private void event(Actor actor, String action) {
        if (recorder != null) {
            recorder.event(actor, action);
        }
    }

    /** Lets the earliest deadline pass, since no guest can run otherwise; returns whether there is one. */
    private boolean passEarliestDeadline() {
        Actor first = null;
        for (Actor actor : actors) {
            if (actor.canTimeOut() && (first == null || actor.deadline < first.deadline)) {
                first = actor;
            }
        }
        if (first == null) {
            return false;
        }
        event(first, "time passes until the deadline of " + first.name());
        clock.now = first.deadline;
        return true;
    }

    /** Chooses the guest that has waited longest; after so many steps only fairness can end the run. */
    private int fairChoice(int count) {
        Actor oldest = null;
        for (Actor actor : actors) {
            if (actor.isEnabled() && (oldest == null || actor.lastStep < oldest.lastStep)) {
                oldest = actor;
            }
        }
        return oldest == null ? options[count - 1] : Choice.step(oldest.index);
    }

    /** Lets a guest make the next step. */
    private Actor take(Actor actor) {
        if (current != null && current != actor) {
            preemptions += goesOn ? 1 : 0;
            for (Actor other : actors) {
                if (other != actor) {
                    other.paused = false;
                }
            }
            actor.idleSteps = 0;
        }
        int bit = 1 << actor.index;
        for (Actor other : actors) {
            other.yieldsTo &= ~bit;
            other.starved &= ~bit;
        }
        actor.paused = false;
        actor.lastStep = ++steps;
        current = actor;
        running = actor;
        hooked = actor instanceof ThreadActor;
        if (actor.status == Actor.Status.SLEEPING && actor instanceof ThreadActor) {
            actor.status = Actor.Status.READY;
            wakeUp(actor);
        } else if (actor.status == Actor.Status.SLEEPING) {
            wakeUp(actor);
        }
        return actor;
    }

    private void wakeUp(Actor actor) {
        removeSleeper(actor);
        effects++;
    }

    private void removeSleeper(Actor actor) {
        int n = 0;
        for (int i = 0; i < sleepers; i++) {
            if (order[i] != actor.index) {
                order[n++] = order[i];
            }
        }
        sleepers = n;
    }

    private void append(int choice) {
        if (traceLength == trace.length) {
            trace = Arrays.copyOf(trace, traceLength * 2);
        }
        trace[traceLength++] = choice;
    }

    // ---- the end of a run

    private void end() {
        Actor sleeper = null;
        Actor changed = null;
        for (Actor actor : actors) {
            if (actor.isAsleep()) {
                sleeper = sleeper == null ? actor : sleeper;
                changed = changed == null && hasChanged(actor) ? actor : changed;
            }
        }
        if (changed != null) {
            fail(Failure.Kind.LOST_WAKE, "lost wake: " + describe(changed), null);
        } else if (sleeper != null) {
            fail(Failure.Kind.DEADLOCK, "deadlock: " + describe(sleeper), null);
        } else if (checkAll(program.expectations, Failure.Kind.EXPECTATION, "is false at the end")) {
            if (wakes != woken && !tableUsed) {
                fail(Failure.Kind.CONSERVATION, wakes + " wakes were reported, but " + woken + " waits woken", null);
            }
        }
    }

    private @Nullable WaiterInfo info(Actor actor) {
        for (WaiterInfo w : waiterList()) {
            if (w.pending() == actor.wait) {
                return w;
            }
        }
        return null;
    }

    private boolean hasChanged(Actor actor) {
        WaiterInfo w = info(actor);
        return w != null && w.changedButNotWoken();
    }

    private String describe(Actor actor) {
        WaiterInfo w = info(actor);
        String all = "";
        for (Actor other : actors) {
            if (other != actor && other.isAsleep()) {
                all += ", " + other.name() + " sleeps, too";
            }
        }
        if (w == null) {
            return actor.name() + " sleeps for ever" + all;
        }
        String text = actor.name() + " sleeps for ever on " + nameOf(address(w.key()));
        if (w.expected().isPresent() && w.actual().isPresent()) {
            text += w.changedButNotWoken()
                    ? ", which held " + w.expected().getAsLong() + " and holds "
                            + w.actual().getAsLong()
                    : ", which holds " + w.actual().getAsLong();
        }
        return text + all;
    }

    private static long address(FutexKey key) {
        return key instanceof PrivateKey p ? p.address() : key instanceof AnonymousKey a ? a.address() : -1;
    }

    void livelock() {
        fail(
                Failure.Kind.LIVELOCK,
                "livelock: the guests have made " + steps + " steps, every guest in its turn, and do not end",
                null);
    }

    private boolean checkAll(List<Program.Property> properties, Failure.Kind kind, String how) {
        for (Program.Property p : properties) {
            if (!p.holds().test(this)) {
                String step = current == null ? "the beginning" : "a step of " + current.name();
                fail(kind, p.name() + ": " + how + (kind == Failure.Kind.INVARIANT ? " " + step : ""), null);
                return false;
            }
        }
        return true;
    }

    private void fail(Failure.Kind kind, String what, @Nullable Throwable why) {
        if (failure == null) {
            failure = kind;
            message = what;
            cause = why;
        }
    }

    // ---- results

    Failure.@Nullable Kind failureKind() {
        return failure;
    }

    boolean wasPruned() {
        return pruned;
    }

    int[] trace() {
        return Arrays.copyOf(trace, traceLength);
    }

    String id() {
        return Choice.id(trace());
    }

    int steps() {
        return steps;
    }

    int preemptions() {
        return preemptions;
    }

    Failure failure() {
        List<ScheduleStep> recorded = recorder == null ? List.of() : recorder.steps();
        return new Failure(requireNonNull(failure), message, id(), recorded, preemptions, cause);
    }

    // ---- for the guests and the memory

    @Nullable
    Actor running() {
        return running;
    }

    /** Returns the guest whose accesses are steps, null if the explorer or an operation of a guest performs them. */
    @Nullable
    ThreadActor hooked() {
        return hooked && running instanceof ThreadActor t ? t : null;
    }

    /** Makes accesses parts of the present operation. Returns what to restore. */
    boolean suspendHook() {
        boolean before = hooked;
        hooked = false;
        return before;
    }

    void resumeHook(boolean before) {
        hooked = before && running != null;
    }

    ExploredMemory memory() {
        return memory;
    }

    Scope scope() {
        return program.scope;
    }

    ExploredClock clock() {
        return clock;
    }

    FutexTable table() {
        return table;
    }

    Task newTask(Actor actor) {
        return tasks.spawn(memory, actor.index + 1);
    }

    /** Registers a robust list of 32-bit pointers. */
    void setRobustList(Task task, long head) {
        long result = FutexCalls.builder(tasks).abi(Abi.ILP32).build().setRobustList(task, head, 3 * Integer.BYTES);
        if (result != 0) {
            throw new IllegalArgumentException("set_robust_list returned " + result);
        }
    }

    TaskTable tasks() {
        return tasks;
    }

    @Nullable
    Recorder recorder() {
        return recorder;
    }

    /** A guest has queued a waiter. */
    void queued(Actor actor) {
        order[sleepers++] = actor.index;
        effects++;
    }

    /** Waiters may have been moved, or queued in another order than the guests fell asleep. */
    void tableUsed() {
        tableUsed = true;
        effects++;
    }

    void countWakes(int count) {
        wakes += count;
        effects += count;
    }

    void countWoken() {
        woken++;
    }

    void countSpurious(boolean spurious) {
        wakes += spurious ? 1 : 0;
    }

    // ---- the state

    @Override
    public int load(long address) {
        return memory.get(address);
    }

    @Override
    public boolean hasDied(String guest) {
        for (Actor actor : actors) {
            if (actor.name().equals(guest)) {
                return actor.status == Actor.Status.DEAD;
            }
        }
        throw new IllegalArgumentException("there is no guest " + guest);
    }

    @Override
    public int waiters(long address) {
        boolean before = suspendHook();
        try {
            return table.waiterCount(memory, address, program.scope);
        } finally {
            resumeHook(before);
        }
    }

    /** Returns a hash of the order of all waiters. */
    long queues() {
        if (sleepers == 0) {
            return 0;
        }
        long h = 1;
        if (!tableUsed) {
            for (int i = 0; i < sleepers; i++) {
                h = Mix.add(h, order[i]);
            }
            return h;
        }
        for (WaiterInfo w : waiterList()) {
            h = Mix.add(h, address(w.key()));
            h = Mix.add(h, indexOf(w.pending()));
        }
        return h;
    }

    private List<WaiterInfo> waiterList() {
        boolean before = suspendHook();
        Actor reader = running;
        running = null;
        try {
            List<WaiterInfo> all = new ArrayList<>(table.waiters());
            all.sort((a, b) -> Long.compare(address(a.key()), address(b.key()))); // stable: a queue keeps its order
            return all;
        } finally {
            running = reader;
            resumeHook(before);
        }
    }

    private int indexOf(PendingWait<?> pending) {
        for (Actor actor : actors) {
            if (actor.wait == pending) {
                return actor.index;
            }
        }
        return -1;
    }

    /** Returns a hash of everything that determines how the program can continue. */
    long fingerprint() {
        long h = memory.fingerprint(clock.now);
        for (Actor actor : actors) {
            h = actor.fingerprint(h);
        }
        h = Mix.add(h, queues());
        int last = goesOn && current != null ? current.index : -1;
        return Mix.add(h, (long) faults << 32 | last + 1);
    }

    boolean everyGuestHasRunSince(int step) {
        for (Actor actor : actors) {
            if (actor.isEnabled() && actor.lastStep <= step) {
                return false;
            }
        }
        return true;
    }

    String nameOf(long address) {
        String name = program.names.get(address);
        return name == null ? "0x" + Long.toHexString(address) : name;
    }

    /** Returns the named words, and the others that hold a value. */
    Map<String, Integer> words() {
        Map<String, Integer> all = new LinkedHashMap<>();
        for (int i = 0; i < memory.used(); i++) {
            long address = i * 4L;
            int value = memory.get(address);
            if (value != 0 || program.names.containsKey(address)) {
                all.put(nameOf(address), value);
            }
        }
        return all;
    }

    /** Returns the guests that are queued, by the name of the word. */
    Map<String, List<String>> queueNames() {
        Map<String, List<String>> all = new TreeMap<>();
        if (sleepers > 0) {
            for (WaiterInfo w : waiterList()) {
                int i = indexOf(w.pending());
                all.computeIfAbsent(nameOf(address(w.key())), k -> new ArrayList<>())
                        .add(i < 0 ? "?" : actors[i].name());
            }
        }
        return all;
    }
}
