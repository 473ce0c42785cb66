package org.jfutex;

import java.util.ArrayList;
import java.util.List;
import org.jfutex.key.FutexMemory;

/**
 * Threads that pass a token round. Each sleeps without a deadline until the token comes, so one lost wake stops them
 * all.
 */
final class TokenRing {

    private final FutexTable table;
    private final FutexMemory memory;
    private final long base;
    private final WakeConservation law;
    private final List<Member> members = new ArrayList<>();
    private volatile boolean over;

    TokenRing(FutexTable table, FutexMemory memory, long base, int size, WakeConservation law) {
        this.table = table;
        this.memory = memory;
        this.base = base;
        this.law = law;
        for (int i = 0; i < size; i++) {
            members.add(new Member(i, size));
        }
        memory.getAndSet(base, 1);
    }

    List<? extends Worker> members() {
        return members;
    }

    /** Ends all members. */
    void end() {
        over = true;
        members.forEach(Member::give);
    }

    private final class Member extends Worker {

        private final long mine;
        private final long next;
        private int seen;

        Member(int index, int size) {
            super("ring " + index);
            mine = base + 64L * index;
            next = base + 64L * ((index + 1) % size);
        }

        @Override
        void step() throws Exception {
            while (memory.load(mine) == seen && !over) {
                law.ended(table.await(memory, mine, Scope.PRIVATE, seen));
            }
            seen = memory.load(mine);
            give();
        }

        void give() {
            for (int before = memory.load(next), now; ; before = now) {
                now = memory.compareAndExchange(next, before, before + 1);
                if (now == before) {
                    break;
                }
            }
            law.woke(table.wake(memory, next, Scope.PRIVATE, 1));
        }
    }
}
