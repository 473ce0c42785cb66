package org.jfutex.replay;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jfutex.FutexTable;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.linux.Abi;
import org.jfutex.linux.Errno;
import org.jfutex.linux.FutexCall;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.KernelVersion;
import org.jfutex.linux.SignalDisposition;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.Vma;
import org.jfutex.time.ClockId;
import org.jfutex.time.VirtualClock;
import org.jspecify.annotations.Nullable;

/** The callers of a program of raw system calls, their memories, and a futex table. One thread drives them all. */
final class CallWorld implements Player.Machine {

    /** The kinds of programs. */
    static final Set<String> KINDS = Set.of("args", "prio", "signal", "death", "vm2", "fork");

    private static final Set<String> ADJACENT = Set.of("vm2", "fork");
    private static final int FIRST_TID =
            20_000; // greater than the numbers that programs store, and within 16 bits as the recorded ones
    private static final int LARGEST_TID = 1 << 22; // PID_MAX_LIMIT
    private static final Set<String> FUTEX = Set.of("202", "240", "422");
    private static final int COMMAND = 0x7f;
    private static final int WAKE_OP = 5;
    private static final Set<Integer> PI_OPERATIONS = Set.of(6, 7, 8, 11, 12, 13);
    /** The results that depend on which thread a word names: EPERM, ESRCH, EAGAIN, EINVAL, EDEADLK among them. */
    private static final Set<String> ABOUT_OWNERS = Set.of("0", "1", CallStep.BLOCK, "-1", "-3", "-11", "-22", "-35");

    private static final Set<String> SERVED_AT_END = Set.of("exitgroup", "exec");
    private static final int TID_DISTANCE = 64; // so that no WAKE_OP turns an id into another
    private static final int INIT = 1; // programs store small numbers, which PI operations take for thread ids
    private static final int LAST_KERNEL_THREAD = 16;
    private static final int TID_MASK = 0x3fff_ffff;
    private static final long START = 100_000_000_000_000L; // later than every duration that a program uses as a time
    private static final long REAL_START = 1_800_000_000_000_000_000L;
    private static final long SECOND = 1_000_000_000;
    private static final long SHORT = 1_000_000; // the duration of a short relative timeout
    private static final long LATE = 600_000_000; // when the planned timeouts expire
    private static final int SET_TID_ADDRESS = 218;
    private static final int LARGEST_ERRNO = 4095;

    /** A call, or the handler of a signal that interrupted the call below. */
    private static final class Level {

        final @Nullable SignalDisposition disposition; // null for the caller's main program

        @Nullable
        FutexCall call; // null while idle

        Level(@Nullable SignalDisposition disposition) {
            this.disposition = disposition;
        }
    }

    /** A caller: its task, its memory, and its levels, the innermost first. */
    private static final class Guest {

        final Task task;
        final AddressSpace memory;
        final Deque<Level> levels = new ArrayDeque<>();

        Guest(Task task, AddressSpace memory) {
            this.task = task;
            this.memory = memory;
            levels.push(new Level(null));
        }

        Level innermost() {
            return requireNonNull(levels.peek());
        }
    }

    private final MappingCalls mappings;
    private final VirtualClock clock = new VirtualClock();
    private final FutexCalls calls;
    private final FutexCalls calls32;
    private final Map<Caller, Guest> guests = new EnumMap<>(Caller.class);
    private final Set<String> relative = new HashSet<>(); // calls with a planned relative timeout: CALLER/0
    private final Map<Caller, Integer> tids = new EnumMap<>(Caller.class); // of dead callers, too
    private int lastTid = FIRST_TID;
    private boolean changesIds; // whether a WAKE_OP has changed a thread id
    private boolean clearsWords; // whether a caller has had a clear_child_tid
    private @Nullable Exemption exemption; // of the latest step

    /**
     * Creates the initial state for a program of some kind.
     *
     * @param keys the key rule of the memories
     */
    CallWorld(String kind, KeyRule keys) {
        mappings = new MappingCalls(keys);
        clock.advance(START);
        clock.setRealtime(REAL_START);
        TaskTable tasks = new TaskTable(FutexTable.builder().clock(clock));
        calls = FutexCalls.builder(tasks).version(KernelVersion.LINUX_6_18).build();
        calls32 = FutexCalls.builder(tasks)
                .version(KernelVersion.LINUX_6_18)
                .abi(Abi.ILP32)
                .build();
        tasks.spawn(new AddressSpace(), INIT);
        for (int tid = INIT + 1; tid <= LAST_KERNEL_THREAD; tid++) {
            tasks.addKernelThread(tid);
        }
        AddressSpace a = mappings.newMemory(ADJACENT.contains(kind));
        Task leader = tasks.spawn(a, nextTid());
        AddressSpace b = a.fork();
        Task child = leader.fork(b, nextTid());
        for (Caller caller : List.of(Caller.A0, Caller.A1, Caller.A2)) {
            enter(caller, leader.newThread(nextTid()), a);
        }
        for (Caller caller : List.of(Caller.B0, Caller.B1)) {
            enter(caller, child.newThread(nextTid()), b);
        }
        enter(Caller.C0, leader.fork(a, nextTid()), a);
    }

    private int nextTid() {
        lastTid += TID_DISTANCE;
        return lastTid;
    }

    private void enter(Caller caller, Task task, AddressSpace memory) {
        guests.put(caller, new Guest(task, memory));
        tids.put(caller, task.tid());
    }

    @Override
    public String difference(String line) {
        exemption = null;
        CallStep step = CallStep.parse(line);
        Map<String, String> answers = perform(step);
        if (answers.equals(step.answers())) {
            return "";
        }
        exemption = exemption(step, answers);
        return CallStep.text(answers);
    }

    @Override
    public @Nullable Exemption exemption() {
        return exemption;
    }

    private @Nullable Exemption exemption(CallStep step, Map<String, String> got) {
        if (step.verb().equals("elapse") && differsByRelativeTimeouts(step.answers(), got)) {
            return Exemption.LATE_RELATIVE_TIMEOUT;
        }
        String first = step.answers().getOrDefault("", "");
        if (SERVED_AT_END.contains(step.verb()) && clearsWords && first.equals(CallStep.GONE)) {
            return Exemption.END_OF_PROCESS;
        }
        boolean possible = step.verb().equals("peek") ? !first.startsWith("-") : ABOUT_OWNERS.contains(first);
        return possible && isAboutArbitraryThread(step) ? Exemption.CHANGED_THREAD_ID : null;
    }

    /** Returns whether the kernel's results lack only relative timeouts, which came later there. */
    private boolean differsByRelativeTimeouts(Map<String, String> recorded, Map<String, String> got) {
        Map<String, String> others = new HashMap<>(got);
        relative.forEach(call -> {
            if (!recorded.containsKey(call)) {
                others.remove(call);
            }
        });
        return others.equals(recorded);
    }

    /** Returns whether a step reads the owner of a word, and that owner may be any thread of the recording machine. */
    private boolean isAboutArbitraryThread(CallStep step) {
        Guest guest = step.caller() == null ? null : guests.get(step.caller());
        if (guest == null) {
            return false;
        }
        if (step.verb().equals("peek")) {
            return changesIds || isArbitraryThread(guest.memory, step.argument(0));
        }
        return step.verb().startsWith("sys")
                && FUTEX.contains(step.arguments().get(0))
                && PI_OPERATIONS.contains((int) step.argument(2) & COMMAND)
                && (changesIds
                        || isArbitraryThread(guest.memory, step.argument(1))
                        || isArbitraryThread(guest.memory, step.argument(5)));
    }

    private boolean isArbitraryThread(AddressSpace memory, long address) {
        int tid = owner(memory, address);
        return tid > LAST_KERNEL_THREAD && tid <= LARGEST_TID && !tids.containsValue(tid);
    }

    /** Returns the thread id in a word; 0 if the word cannot be read. */
    private static int owner(AddressSpace memory, long address) {
        try {
            return memory.load(address) & TID_MASK;
        } catch (MemoryFaultException | IllegalArgumentException e) {
            return 0;
        }
    }

    /** Notes that a WAKE_OP will change a word that holds a thread id. Touches no page that the call does not touch. */
    private void noteWakeOp(Guest guest, CallStep step) {
        long address = step.argument(5);
        Vma vma = guest.memory.vmaAt(address);
        if (((int) step.argument(2) & COMMAND) == WAKE_OP
                && vma != null
                && vma.protection().writable()) {
            changesIds |= tids.containsValue(owner(guest.memory, address));
        }
    }

    /**
     * Executes a step until every caller is idle or asleep.
     *
     * @return the results, as {@link CallStep#answers} has them
     * @throws RuntimeException if the step cannot be executed; the message has the reason
     */
    Map<String, String> perform(CallStep step) {
        Map<String, String> answers = new HashMap<>();
        Caller caller = step.caller();
        if (caller == null) {
            performOwn(step);
            answers.put("", "0");
        } else {
            begin(caller, step, answers);
        }
        guests.forEach((who, guest) -> poll(who, guest, who == caller, answers));
        answers.putIfAbsent("", CallStep.BLOCK);
        return answers;
    }

    // ---- steps of the recorder

    private void performOwn(CallStep step) {
        switch (step.verb()) {
            case "elapse" -> clock.advance(Math.max(0, START + LATE - now()));
            case "setprio" ->
                guest(step.arguments().get(0))
                        .task
                        .setPriority(Integer.parseInt(step.arguments().get(1)));
            case "signal" -> {
                Guest guest = guest(step.arguments().get(0));
                requireNonNull(guest.innermost().call, "the caller is idle").suspend();
                boolean restarts = step.arguments().get(1).equals("restart");
                guest.levels.push(
                        new Level(restarts ? SignalDisposition.RESTARTING_HANDLER : SignalDisposition.HANDLER));
            }
            case "stop" -> sleepers(step).forEach(FutexCall::suspend);
            case "cont" -> sleepers(step).forEach(call -> call.resume(SignalDisposition.NO_HANDLER));
            default -> throw new IllegalStateException("unknown step " + step.verb());
        }
    }

    /** Returns the innermost calls of a process. */
    private List<FutexCall> sleepers(CallStep step) {
        int process = step.arguments().get(0).charAt(0) - 'A';
        List<FutexCall> found = new ArrayList<>();
        guests.forEach((caller, guest) -> {
            FutexCall call = guest.innermost().call;
            if (caller.process == process && call != null) {
                found.add(call);
            }
        });
        return found;
    }

    // ---- steps of a caller

    private void begin(Caller caller, CallStep step, Map<String, String> answers) {
        Guest guest = guest(caller.name());
        if (guest.innermost().call != null) {
            throw new IllegalStateException(caller + " is asleep");
        }
        try {
            step.stores().forEach(store -> store(guest.memory, store));
        } catch (MemoryFaultException e) {
            answers.put("", text(-Errno.EFAULT, false));
            return;
        }
        relative.remove(caller + "/0");
        switch (step.verb()) {
            case "sys", "sys32" -> {
                if (step.stores().stream().anyMatch(CallWorld::isPlannedRelative)) {
                    relative.add(caller + "/0");
                }
                int number = Integer.parseInt(step.arguments().get(0));
                if (FUTEX.contains(step.arguments().get(0))) {
                    noteWakeOp(guest, step);
                }
                clearsWords |= number == SET_TID_ADDRESS && step.argument(1) != 0;
                FutexCall call = futexCall(guest, step, number);
                guest.innermost().call = call;
                if (call == null) {
                    answers.put("", text(otherCall(guest, step, number), number == SET_TID_ADDRESS));
                } else if (step.isShort() && !call.isDone()) {
                    clock.advance(SHORT);
                }
            }
            case "peek" -> answers.put("", peek(guest.memory, step.argument(0)));
            case "poke" -> answers.put("", "0");
            case "return" -> {
                answers.put("", "0");
                SignalDisposition disposition = requireNonNull(guest.levels.pop().disposition, "no handler runs");
                requireNonNull(guest.innermost().call).resume(disposition);
            }
            case "fork" -> {
                answers.put("", "0");
                AddressSpace memory = guest.memory.fork();
                Caller child = guests.containsKey(Caller.D0) || tids.containsKey(Caller.D0) ? Caller.E0 : Caller.D0;
                enter(child, guest.task.fork(memory, nextTid()), memory);
            }
            default -> {
                answers.put("", CallStep.GONE);
                leave(caller, guest, step.verb());
            }
        }
    }

    private void leave(Caller caller, Guest guest, String verb) {
        if (verb.equals("exit")) {
            guests.remove(caller);
            guest.task.exit();
            return;
        }
        guests.keySet().removeIf(who -> who.process == caller.process);
        if (verb.equals("exec")) {
            guest.task.exec(new AddressSpace());
        } else {
            guest.task.exitGroup();
        }
    }

    /** Begins a call that may sleep. Returns null if the number is that of another call. */
    private @Nullable FutexCall futexCall(Guest guest, CallStep step, int number) {
        FutexCalls abi = abi(step);
        Task task = guest.task;
        long[] a = registers(step);
        Stored.Owner owner = step.owner();
        int value = owner == null ? (int) a[2] : word(owner);
        return switch (number) {
            case 202, 240 -> abi.prepareFutex(task, a[0], (int) a[1], value, a[3], a[4], (int) a[5]);
            case 422 -> abi.prepareFutexTime64(task, a[0], (int) a[1], value, a[3], a[4], (int) a[5]);
            case 449 -> abi.prepareFutexWaitv(task, a[0], (int) a[1], (int) a[2], a[3], (int) a[4]);
            case 455 -> abi.prepareFutexWait(task, a[0], a[1], a[2], (int) a[3], a[4], (int) a[5]);
            default -> null;
        };
    }

    /** Makes a call that does not sleep. Returns its result. */
    private long otherCall(Guest guest, CallStep step, int number) {
        FutexCalls abi = abi(step);
        Task task = guest.task;
        long[] a = registers(step);
        return switch (number) {
            case 454 -> abi.futexWake(task, a[0], a[1], (int) a[2], (int) a[3]);
            case 456 -> abi.futexRequeue(task, a[0], (int) a[1], (int) a[2], (int) a[3]);
            case 273, 311 -> abi.setRobustList(task, a[0], a[1]);
            case SET_TID_ADDRESS -> abi.setTidAddress(task, a[0]);
            default -> mappings.call(guest.memory, number, a);
        };
    }

    private FutexCalls abi(CallStep step) {
        return step.verb().equals("sys") ? calls : calls32;
    }

    private static long[] registers(CallStep step) {
        long[] a = new long[6];
        for (int i = 0; i < a.length; i++) {
            a[i] = step.argument(i + 1);
        }
        return a;
    }

    private void store(AddressSpace memory, Stored store) {
        if (store instanceof Stored.Plain plain) {
            put(memory, plain.address(), plain.bytes(), plain.value());
        } else if (store instanceof Stored.Owner owner) {
            put(memory, owner.address(), 4, word(owner));
        } else if (store instanceof Stored.RawTime raw) {
            put(memory, raw.address(), raw.bytes(), raw.seconds());
            put(memory, raw.address() + raw.bytes(), raw.bytes(), raw.nanos());
        } else if (store instanceof Stored.Time time) {
            long nanos = nanos(time);
            put(memory, time.address(), time.bytes(), nanos / SECOND);
            put(memory, time.address() + time.bytes(), time.bytes(), nanos % SECOND);
        }
    }

    private static boolean isPlannedRelative(Stored store) {
        return store instanceof Stored.Time time && time.base() == Stored.Base.REL && time.nanos() == LATE;
    }

    /** Returns the content of a timespec. A planned relative time ends at the same time for all callers. */
    private long nanos(Stored.Time time) {
        if (time.base() != Stored.Base.REL) {
            return (time.base() == Stored.Base.REAL ? REAL_START : START) + time.nanos();
        }
        return time.nanos() == LATE ? Math.max(0, START + LATE - now()) : time.nanos();
    }

    private static void put(AddressSpace memory, long address, int bytes, long value) {
        memory.store(address, (int) value);
        if (bytes == 8) {
            memory.store(address + 4, (int) (value >>> 32));
        }
    }

    private String peek(AddressSpace memory, long address) {
        try {
            return text(Integer.toUnsignedLong(memory.load(address)), true);
        } catch (MemoryFaultException e) {
            return text(-Errno.EFAULT, false);
        }
    }

    // ---- results

    /** Adds the results of a caller's calls that have ended. */
    private void poll(Caller caller, Guest guest, boolean isFirst, Map<String, String> answers) {
        Level level = guest.innermost();
        FutexCall call = level.call;
        if (call != null && call.isDone()) {
            level.call = null;
            String text = text(call.result(), false);
            if (isFirst && !answers.containsKey("")) {
                answers.put("", text);
            } else {
                answers.put(caller + "/" + (guest.levels.size() - 1), text);
            }
        }
    }

    private String text(long result, boolean isWord) {
        if (result < 0 && result >= -LARGEST_ERRNO) {
            return Long.toString(result);
        }
        for (Map.Entry<Caller, Integer> tid : tids.entrySet()) {
            if (isWord && (result & TID_MASK) == tid.getValue()) {
                return "TID:" + tid.getKey() + ":" + Long.toHexString(result & 0xffff_ffffL & ~TID_MASK);
            }
        }
        return Long.toHexString(result);
    }

    private int word(Stored.Owner owner) {
        return requireNonNull(tids.get(owner.caller()), "no such caller") | owner.flags();
    }

    private long now() {
        return clock.nanos(ClockId.MONOTONIC);
    }

    private Guest guest(String name) {
        Guest guest = guests.get(Caller.valueOf(name));
        if (guest == null) {
            throw new IllegalStateException(name + " does not exist");
        }
        return guest;
    }
}
