package org.jfutex.linux;

import org.jfutex.FutexTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.Protection;
import org.jfutex.memory.SpaceSettings;
import org.jfutex.time.VirtualClock;

/** A guest machine under test: a process on Linux 6.18 with some memory, and a clock that moves only on request. */
final class Machine {

    static final int WAIT = 0;
    static final int WAKE = 1;
    static final int FD = 2;
    static final int REQUEUE = 3;
    static final int CMP_REQUEUE = 4;
    static final int WAKE_OP = 5;
    static final int LOCK_PI = 6;
    static final int UNLOCK_PI = 7;
    static final int TRYLOCK_PI = 8;
    static final int WAIT_BITSET = 9;
    static final int WAKE_BITSET = 10;
    static final int WAIT_REQUEUE_PI = 11;
    static final int CMP_REQUEUE_PI = 12;
    static final int LOCK_PI2 = 13;
    static final int PRIVATE_FLAG = 0x80;
    static final int REALTIME_FLAG = 0x100;

    static final int U32 = 2;
    static final int NUMA = 4;
    static final int MPOL = 8;
    static final int U32_PRIVATE = U32 | PRIVATE_FLAG;

    static final int CLOCK_REALTIME = 0;
    static final int CLOCK_MONOTONIC = 1;

    static final int WAITERS = 0x8000_0000;
    static final int OWNER_DIED = 0x4000_0000;

    static final int ALL = Integer.MAX_VALUE;
    static final int ANY = -1;

    /** The address of 16 pages of private memory. */
    static final long P = 0x10_0000;

    /** The address of 16 pages of shared memory. */
    static final long S = 0x20_0000;

    /** The address of private memory for the structures that the helpers below write. */
    static final long SCRATCH = 0x30_0000;

    /** An unmapped address. */
    static final long HOLE = 0x40_0000;

    /** An address of the kernel, beyond those of programs. */
    static final long KERNEL = 0xffff_8000_0000_0000L;

    static final long PAGES = 16 * 4096;

    final VirtualClock clock = new VirtualClock();
    final TaskTable tasks = new TaskTable(FutexTable.builder().clock(clock));
    final AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(KeyRule.LINUX_2_6_28));
    final FutexCalls calls;
    final Task task;
    private long scratch = SCRATCH;

    Machine() {
        this(KernelVersion.LINUX_6_18);
    }

    Machine(KernelVersion version) {
        space.map(MapRequest.anonymous(PAGES).at(P));
        space.map(MapRequest.anonymous(PAGES).shared().at(S));
        space.map(MapRequest.anonymous(PAGES).at(SCRATCH));
        calls = FutexCalls.builder(tasks).version(version).build();
        task = tasks.spawn(space);
    }

    /** Maps pages of private memory with a protection. */
    void map(long at, Protection protection) {
        space.map(MapRequest.anonymous(PAGES).at(at).protection(protection));
    }

    void store(long address, int value) {
        space.store(address, value);
    }

    void storeLong(long address, long value) {
        new GuestMemory(space, Abi.LP64).storeWord(address, value);
    }

    int load(long address) {
        return space.load(address);
    }

    /** Returns an unused address of the helpers' memory, 8-aligned. */
    long scratch(int bytes) {
        long at = scratch;
        scratch += (bytes + 7) & ~7;
        return at;
    }

    long timespec(long seconds, long nanos) {
        long at = scratch(16);
        storeLong(at, seconds);
        storeLong(at + 8, nanos);
        return at;
    }

    /** Writes an array of futex_waitv from three numbers for each entry: val, uaddr, flags. Returns its address. */
    long waitv(long... numbers) {
        long at = scratch(numbers.length * 8);
        for (int i = 0; i < numbers.length; i++) {
            storeLong(at + 8L * i, numbers[i]);
        }
        return at;
    }

    long futex(Task caller, long uaddr, int op, int val) {
        return calls.futex(caller, uaddr, op, val, 0, 0, 0);
    }

    long futex(long uaddr, int op, int val) {
        return futex(task, uaddr, op, val);
    }

    long futex(long uaddr, int op, int val, long timeout, long uaddr2, int val3) {
        return calls.futex(task, uaddr, op, val, timeout, uaddr2, val3);
    }

    FutexCall start(Task caller, long uaddr, int op, int val, long timeout, long uaddr2, int val3) {
        return calls.prepareFutex(caller, uaddr, op, val, timeout, uaddr2, val3);
    }

    /** Starts a call of a new thread, which must sleep. */
    FutexCall sleeper(long uaddr, int op, int val) {
        return sleeper(uaddr, op, val, 0);
    }

    FutexCall sleeper(long uaddr, int op, int val, int val3) {
        FutexCall call = start(task.newThread(), uaddr, op, val, 0, 0, val3);
        if (call.isDone()) {
            throw new AssertionError("does not sleep: " + call);
        }
        return call;
    }

    /** Starts a wait of a new task on many words. */
    FutexCall vector(long waiters, int nr) {
        return calls.prepareFutexWaitv(task.newThread(), waiters, nr, 0, 0, 0);
    }
}
