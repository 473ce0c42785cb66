package org.jfutex.replay;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jfutex.FutexTable;
import org.jfutex.linux.Errno;
import org.jfutex.linux.FutexCall;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.KernelVersion;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.replay.Command.Pending;
import org.jfutex.time.VirtualClock;

/** The six actors of a program, their two memories on a stage, and a futex table. One thread drives them all. */
final class World {

    private static final String WRITTEN = "written";
    private static final Set<String> KINDS = Set.of("core", WRITTEN, "full", "vm", "pi", "requeue_pi", "robust");
    private static final long TIMEOUT = 2_000_000;
    private static final int FIRST_TID = 100_000; // greater than the numbers that programs store
    private static final int TID_MASK = 0x3fff_ffff;
    private static final int OWNER_DIED = 0x4000_0000;

    /** The task of an actor, and its memory. */
    private record Guest(Task task, GuestView memory, Locals locals) {}

    private final Stage stage;
    private final VirtualClock clock = new VirtualClock();
    private final FutexCalls calls;
    private final Map<Actor, Guest> guests = new EnumMap<>(Actor.class);
    private final Map<Actor, Pending> begun = new EnumMap<>(Actor.class);
    private final Set<Actor> gone = EnumSet.noneOf(Actor.class);

    /**
     * Creates the initial state for a program of some kind.
     *
     * @param stage the memories of its processes
     * @param kind the kind of the program
     * @throws IllegalArgumentException if the kind is unknown
     */
    World(Stage stage, String kind) {
        if (!KINDS.contains(kind)) {
            throw new IllegalArgumentException("unknown kind of program: " + kind);
        }
        this.stage = stage;
        TaskTable tasks = new TaskTable(FutexTable.builder().clock(clock));
        calls = FutexCalls.builder(tasks).version(KernelVersion.LINUX_6_18).build();
        GuestView a = new GuestView(stage, stage.newMemory());
        if (kind.equals(WRITTEN)) {
            touch(a, Region.ANON_P);
            touch(a, Region.FILE_P);
        }
        GuestView b = new GuestView(stage, stage.fork(a.real));
        int tid = FIRST_TID;
        Task parent = tasks.spawn(a, tid++);
        Task child = parent.fork(b, tid++);
        for (Actor actor : Actor.values()) {
            Task task = (actor.process == 0 ? parent : child).newThread(tid++);
            GuestView memory = actor.process == 0 ? a : b;
            Locals locals = new Locals(memory, actor.number);
            calls.setRobustList(task, locals.robustHead(), 24);
            guests.put(actor, new Guest(task, memory, locals));
        }
    }

    private void touch(GuestView memory, Region region) {
        if (stage.address(region) != null) {
            memory.getAndSet(region.address, 0);
        }
    }

    /**
     * Executes a command until every actor is idle or asleep.
     *
     * @return the results of all actors that became idle, and of the commanded one
     * @throws RuntimeException if the command cannot be executed; the message has the reason
     */
    Map<Actor, String> perform(Step step) {
        Actor actor = step.actor();
        Command command = Commands.of(step);
        if (gone.contains(actor) || begun.containsKey(actor)) {
            throw new IllegalStateException(actor + (gone.contains(actor) ? " has exited" : " is asleep"));
        }
        begun.put(actor, command.begin(this, actor));
        Map<Actor, String> answers = new EnumMap<>(Actor.class);
        begun.forEach((who, pending) -> {
            String answer = pending.answer();
            if (answer != null) {
                answers.put(who, answer);
            }
        });
        begun.keySet().removeAll(answers.keySet());
        answers.putIfAbsent(actor, Step.BLOCK);
        return answers;
    }

    // ---- parts of commands

    /** Calls futex(2). */
    Pending futex(Actor who, long u1, int op, int val, long val2, long u2, int val3) {
        return asleep(calls.prepareFutex(guest(who).task(), u1, op, val, val2, u2, val3));
    }

    /** Starts a wait that times out within its step, because no other event comes before its deadline. */
    Pending timedFutex(Actor who, long u1, int op, int val) {
        Guest guest = guest(who);
        FutexCall call =
                calls.prepareFutex(guest.task(), u1, op, val, guest.locals().timespec(TIMEOUT), 0, 0);
        clock.advance(TIMEOUT);
        return asleep(call);
    }

    /** Calls futex_waitv(2) without a deadline. */
    Pending waitv(Actor who, List<Long> words, List<Integer> expected, int flags) {
        Guest guest = guest(who);
        long array = guest.locals().waitv(words, expected, flags);
        return asleep(calls.prepareFutexWaitv(guest.task(), array, words.size(), 0, 0, 0));
    }

    /** Calls exit(2). */
    void exit(Actor who) {
        gone.add(who);
        guest(who).task().exit();
    }

    /** Returns the stage, which must be one whose mappings can change. */
    MappingStage mappings() {
        if (stage instanceof MappingStage m) {
            return m;
        }
        throw new IllegalStateException("the mappings of this stage do not change");
    }

    GuestView memory(Actor who) {
        return guest(who).memory();
    }

    Locals locals(Actor who) {
        return guest(who).locals();
    }

    int tid(Actor who) {
        return guest(who).task().tid();
    }

    /** Returns a word as recordings print it: the actor whose thread id it holds, or the number. */
    String wordText(int word) {
        for (Actor actor : Actor.values()) {
            if ((word & TID_MASK) == tid(actor)) {
                return "tid:" + actor + (word < 0 ? "|WAITERS" : "") + ((word & OWNER_DIED) != 0 ? "|DIED" : "");
            }
        }
        return Integer.toUnsignedString(word);
    }

    private static Pending asleep(FutexCall call) {
        return () -> call.isDone() ? text(call.result()) : null;
    }

    private static String text(long result) {
        return result < 0 ? "-" + Errno.name((int) result) : Long.toString(result);
    }

    private Guest guest(Actor who) {
        Guest guest = guests.get(who);
        if (guest == null) {
            throw new IllegalStateException("no " + who);
        }
        return guest;
    }
}
