package org.jfutex.linux;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jfutex.FutexFd;
import org.jfutex.FutexTable;
import org.jfutex.key.Access;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.Protection;
import org.jfutex.memory.SpaceSettings;
import org.jfutex.time.VirtualClock;

/**
 * Makes random futex calls with absurd arguments and memory, one after the other on one thread.
 *
 * <p>Every call must return a value or an errno that Linux has. A call that fails must have changed no word and no
 * queue, except where the kernel does so too:
 *
 * <pre>
 *     [1]  WAITERS is set in a PI word even if the call then fails
 *     [2]  a wake-op changes its word before it reads an unknown comparison, or finds a waiter that it must not wake
 *     [3]  a queue scan wakes or moves some waiters before it reaches one of another kind, or a deadlock
 *     [4]  the NUMA node is stored as 0
 *     [5]  get_robust_list stores the length before the store of the head faults
 * </pre>
 */
final class CallFuzzer {

    private static final int PAGE = 4096;
    private static final long PRIVATE = 0x10_0000;
    private static final long SHARED = 0x11_0000;
    private static final long FILE = 0x12_0000;
    private static final long READ_ONLY = 0x13_0000;
    private static final long FORBIDDEN = 0x14_0000;
    private static final long BEYOND = 0x15_0000; // a mapping that lies beyond the end of its file
    private static final long HOLE = 0x16_0000;
    private static final long[] READABLE = {PRIVATE, SHARED, FILE, READ_ONLY};
    private static final long[] WRITABLE = {PRIVATE, SHARED, FILE};
    private static final long[] AREAS = {
        PRIVATE,
        PRIVATE,
        PRIVATE,
        SHARED,
        SHARED,
        FILE,
        READ_ONLY,
        FORBIDDEN,
        BEYOND,
        HOLE,
        0,
        -1,
        1L << 47,
        1L << 63,
        0xffff_ffffL
    };
    private static final int[] OFFSETS = {0, 0, 0, 4, 4, 8, 8, 12, 16, 64, 1, 2, 3, 6, PAGE - 4, PAGE - 8, PAGE - 2};
    // at the start of each page; calls change only words there or at the end of the page
    private static final int WORDS = 32;
    private static final int TASKS = 6;

    /** A layer between the guest and the calls: it does nothing, or plants a bug that must be detected. */
    @FunctionalInterface
    interface Layer {

        /** Makes a call and returns its result. */
        long make(LongSupplier call, AddressSpace space, FutexTable table);
    }

    /** The layer that changes nothing. */
    static final Layer NOTHING = (call, space, table) -> call.getAsLong();

    private final RandomGenerator random;
    private final Layer layer;
    private final VirtualClock clock = new VirtualClock();
    private final TaskTable tasks =
            new TaskTable(FutexTable.builder().clock(clock).buckets(4));
    private final AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(KeyRule.LINUX_2_6_28));
    private final FutexCalls calls;
    private final Abi abi;
    private final List<Task> crew = new ArrayList<>();
    private final List<FutexFd> files = new ArrayList<>();
    private final Map<String, Integer> seen = new TreeMap<>();
    private volatile String last = ""; // read by the thread that watches this one

    CallFuzzer(RandomGenerator random, Layer layer) {
        this.random = random;
        this.layer = layer;
        abi = random.nextInt(3) == 0 ? Abi.ILP32 : Abi.LP64;
        space.map(MapRequest.anonymous(PAGE).at(PRIVATE));
        space.map(MapRequest.anonymous(PAGE).shared().at(SHARED));
        MemoryFile file = new MemoryFile("file", PAGE);
        space.map(MapRequest.file(file.open(Access.WRITE), 0, PAGE).shared().at(FILE));
        space.map(MapRequest.anonymous(PAGE).at(READ_ONLY));
        space.map(MapRequest.anonymous(PAGE).protection(Protection.NONE).at(FORBIDDEN));
        space.map(MapRequest.file(new MemoryFile("empty", 0).open(Access.WRITE), 0, PAGE)
                .shared()
                .at(BEYOND));
        crew.add(tasks.spawn(space));
        for (int i = 1; i < TASKS; i++) {
            crew.add(i % 2 == 0 ? crew.get(0).newThread() : crew.get(0).fork(space));
        }
        tasks.addKernelThread(99);
        for (long area : READABLE) {
            for (int i = 0; i < WORDS; i++) {
                space.store(area + 4L * i, anyWord());
            }
        }
        space.protect(READ_ONLY, PAGE, Protection.READ);
        calls = FutexCalls.builder(tasks)
                .abi(abi)
                .version(random.nextInt(4) == 0 ? KernelVersion.LINUX_6_18 : KernelVersion.ALL)
                .fds(new Fds())
                .build();
    }

    /** Returns how often each operation returned each errno, where 0 stands for every value. */
    Map<String, Integer> seen() {
        return seen;
    }

    /** Returns the description of the last call. */
    String last() {
        return last;
    }

    FutexTable table() {
        return tasks.table();
    }

    void step() {
        switch (random.nextInt(10)) {
            case 0 -> scribble();
            case 1 -> disturb();
            case 2 -> clock.advance(random.nextInt(3) == 0 ? 2_000_000_000L : random.nextInt(1000));
            default -> call();
        }
    }

    /** Ends every task. Then no waiter may be left. */
    void end() {
        for (Task t : crew) {
            t.exit();
        }
        files.forEach(FutexFd::close);
    }

    // ---- other events

    /** Writes into the memory, mostly values that have a meaning there. */
    private void scribble() {
        long area = WRITABLE[random.nextInt(WRITABLE.length)];
        int at = random.nextInt(WORDS);
        switch (random.nextInt(5)) {
            case 0 -> { // a timespec, a list head, an entry
                GuestMemory guest = new GuestMemory(space, abi);
                guest.storeWord(area + 4L * (at & ~1), anyLong());
                guest.storeWord(area + 4L * (at & ~1) + abi.wordBytes(), anyLong());
            }
            case 1 -> { // elements of waitv
                for (int i = 0; i < 5; i++) {
                    long element = area + 24L * i;
                    GuestMemory guest = new GuestMemory(space, Abi.LP64);
                    long address = anyAddress();
                    guest.storeWord(element, random.nextInt(6) == 0 ? anyLong() : wordAt(address) & 0xffff_ffffL);
                    guest.storeWord(element + 8, address);
                    guest.storeInt(element + 16, anyFlags2());
                    guest.storeInt(element + 20, random.nextInt(30) == 0 ? 1 : 0);
                }
            }
            default -> space.store(area + 4L * at, anyWord());
        }
    }

    /** Signals, stops and ends sleeping tasks. */
    private void disturb() {
        int i = random.nextInt(TASKS);
        Task t = crew.get(i);
        FutexCall call = t.call();
        switch (random.nextInt(7)) {
            case 0, 1 -> {
                if (call != null && !call.isDone()) {
                    call.interrupt();
                }
            }
            case 2 -> {
                if (call != null && call.suspend()) {
                    call.resume(random.nextBoolean() ? SignalDisposition.HANDLER : SignalDisposition.NO_HANDLER);
                }
            }
            case 3 -> t.setPriority(random.nextInt(100));
            case 4 -> {
                if (i > 0) {
                    last = t + " exits";
                    t.exit();
                    crew.set(i, crew.get(0).newThread());
                }
            }
            case 5 -> space.swapOut(PRIVATE, PAGE);
            default -> {
                while (!files.isEmpty()) {
                    files.remove(files.size() - 1).close();
                }
            }
        }
    }

    // ---- calls

    private void call() {
        Task t = crew.get(random.nextInt(TASKS));
        FutexCall before = t.call();
        if (before != null && !before.isDone()) {
            return; // it sleeps
        }
        long uaddr = anyAddress();
        long uaddr2 = anyAddress();
        int flags2 = anyFlags2();
        switch (random.nextInt(16)) {
            case 0 ->
                check("futex_wake", t, uaddr, 0, flags2, () -> calls.futexWake(t, uaddr, anyLong(), anyInt(), flags2));
            case 1 ->
                check(
                        "futex_wait",
                        t,
                        uaddr,
                        0,
                        flags2,
                        () -> begun(calls.prepareFutexWait(
                                t,
                                uaddr,
                                random.nextBoolean() ? wordAt(uaddr) & 0xffff_ffffL : anyLong(),
                                anyLong(),
                                flags2,
                                anyPointer(),
                                random.nextInt(4) - 1)));
            case 2 ->
                check(
                        "futex_requeue",
                        t,
                        uaddr,
                        uaddr2,
                        Futex2.NUMA,
                        () -> calls.futexRequeue(t, anyPointer(), oneIn(20), anyInt(), anyInt()));
            case 3, 4 ->
                check(
                        "futex_waitv",
                        t,
                        0,
                        0,
                        Futex2.NUMA,
                        () -> begun(calls.prepareFutexWaitv(
                                t,
                                anyPointer(),
                                random.nextInt(4) == 0 ? anyInt() : random.nextInt(6),
                                oneIn(20),
                                anyPointer(),
                                random.nextInt(4) - 1)));
            case 5 ->
                check(
                        "set_robust_list",
                        t,
                        0,
                        0,
                        0,
                        () -> calls.setRobustList(
                                t, anyPointer(), random.nextBoolean() ? 3L * abi.wordBytes() : anyLong()));
            case 6 ->
                check(
                        "get_robust_list",
                        t,
                        uaddr,
                        uaddr2,
                        0,
                        () -> calls.getRobustList(t, random.nextInt(9), uaddr, uaddr2));
            case 7 -> check("set_tid_address", t, 0, 0, 0, () -> calls.setTidAddress(t, anyAddress()));
            default -> {
                int op = anyOp();
                int val = random.nextBoolean() ? (int) wordAt(uaddr) : anyInt();
                int val3 = anyInt();
                long timeout = random.nextInt(3) == 0 ? 0 : random.nextBoolean() ? anyPointer() : random.nextInt(9);
                boolean time64 = random.nextInt(4) == 0;
                String name = FutexNames.op(op).replaceAll("\\|.*", "");
                check(
                        name.startsWith("FUTEX") ? name : "unknown",
                        t,
                        uaddr,
                        uaddr2,
                        0,
                        () -> begun(
                                time64
                                        ? calls.prepareFutexTime64(t, uaddr, op, val, timeout, uaddr2, val3)
                                        : calls.prepareFutex(t, uaddr, op, val, timeout, uaddr2, val3)));
            }
        }
    }

    /** The placeholder for the result of a call that still sleeps. */
    private static long begun(FutexCall call) {
        return call.isDone() ? call.result() : 0;
    }

    private void check(String name, Task t, long uaddr, long uaddr2, int flags2, LongSupplier call) {
        last = name + " by " + t + " 0x" + Long.toHexString(uaddr) + " 0x" + Long.toHexString(uaddr2);
        int[] words = words();
        String queues = queues();
        long result = layer.make(call, space, tasks.table());
        last = last + " = " + result;
        if (result < 0) {
            if (Errno.name((int) -result).startsWith("errno") || result != (int) result) {
                throw new AssertionError("not an errno");
            }
            compare(name, (int) -result, abi.register(uaddr2), flags2, words, words());
            boolean partly = (result == -Errno.EINVAL || result == -Errno.EDEADLK) && !name.contains("WAIT"); // [3]
            if (!partly && !queues.equals(queues())) {
                throw new AssertionError("queues changed from\n" + queues + "\nto\n" + queues());
            }
        }
        seen.merge(name + " " + (result < 0 ? Errno.name((int) -result) : "0"), 1, Integer::sum);
    }

    private void compare(String name, int errno, long uaddr2, int flags2, int[] before, int[] after) {
        for (int i = 0; i < before.length; i++) {
            if (before[i] == after[i]) {
                continue;
            }
            boolean pi = name.contains("PI") && after[i] == (before[i] | RobustList.WAITERS); // [1]
            boolean wakeOp = name.startsWith("FUTEX_WAKE_OP") // [2]
                    && (errno == Errno.ENOSYS || errno == Errno.EINVAL)
                    && address(i) == uaddr2;
            boolean node = (flags2 & Futex2.NUMA) != 0 && before[i] == -1 && after[i] == 0; // [4]
            boolean length = name.equals("get_robust_list") && errno == Errno.EFAULT; // [5]
            if (!pi && !wakeOp && !node && !length) {
                throw new AssertionError("the word at 0x" + Long.toHexString(address(i)) + " changed from 0x"
                        + Integer.toHexString(before[i]) + " to 0x" + Integer.toHexString(after[i]));
            }
        }
    }

    // ---- words and queues

    private static final int CHECKED = WORDS + 16; // in each page: the first words, and those at its end

    private static long address(int i) {
        long area = READABLE[i / CHECKED];
        int at = i % CHECKED;
        return area + 4L * (at < WORDS ? at : PAGE / 4 - (CHECKED - at));
    }

    private int[] words() {
        int[] words = new int[READABLE.length * CHECKED];
        Arrays.setAll(words, i -> space.load(address(i)));
        return words;
    }

    private String queues() {
        return tasks.table().waiters().stream()
                .map(w -> w.key().toString())
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private long wordAt(long address) {
        for (long area : READABLE) {
            if (address >= area && address < area + PAGE && (address & 3) == 0) {
                return space.load(address);
            }
        }
        return 0;
    }

    // ---- arguments

    private int oneIn(int n) {
        return random.nextInt(n) == 0 ? 1 : 0;
    }

    private long anyAddress() {
        return AREAS[random.nextInt(AREAS.length)] + OFFSETS[random.nextInt(OFFSETS.length)];
    }

    /** Returns a pointer to a structure, mostly to a mapped one. */
    private long anyPointer() {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> anyAddress();
            default -> READABLE[random.nextInt(READABLE.length)] + 8L * random.nextInt(8);
        };
    }

    private int anyOp() {
        int op = random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(15);
        return op
                | (random.nextBoolean() ? 0x80 : 0)
                | (random.nextInt(6) == 0 ? 0x100 : 0)
                | (random.nextInt(40) == 0 ? 0x200 : 0);
    }

    private int anyFlags2() {
        return switch (random.nextInt(10)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextInt(256);
            case 2, 3 -> Futex2.SIZE_U32 | Futex2.NUMA;
            case 4, 5 -> Futex2.SIZE_U32;
            default -> Futex2.SIZE_U32 | Futex2.PRIVATE;
        };
    }

    private int anyWord() {
        Task t = crew.get(random.nextInt(crew.size()));
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> 0;
            case 3 -> t.tid();
            case 4 -> t.tid() | RobustList.WAITERS;
            case 5 -> t.tid() | RobustList.OWNER_DIED;
            case 6 -> RobustList.OWNER_DIED;
            case 7 -> -1;
            case 8 -> 99; // a kernel thread
            case 9 -> (int) anyAddress();
            default -> random.nextInt(1000);
        };
    }

    private int anyInt() {
        return switch (random.nextInt(9)) {
            case 0 -> 0;
            case 1, 2 -> 1;
            case 3 -> -1;
            case 4 -> Integer.MAX_VALUE;
            case 5 -> Integer.MIN_VALUE;
            case 6 -> random.nextInt(8) << 28 | random.nextInt(16) << 24 | random.nextInt(1 << 24); // a wake-op
            case 7 -> random.nextInt();
            default -> random.nextInt(1000);
        };
    }

    private long anyLong() {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1, 2 -> 1;
            case 3 -> Long.MAX_VALUE;
            case 4 -> Long.MIN_VALUE;
            case 5 -> random.nextLong();
            case 6 -> anyAddress();
            default -> 0xffff_ffffL;
        };
    }

    /** The descriptors of a guest, few of them. */
    private final class Fds implements FdTable {

        @Override
        public int reserve(Task task) {
            return files.size() < 8 ? files.size() + 3 : -Errno.EMFILE;
        }

        @Override
        public void install(Task task, int fd, FutexFd file) {
            files.add(file);
        }

        @Override
        public void release(Task task, int fd) {}

        @Override
        public void signal(Task owner, int fd, int signal) {}
    }
}
