package org.jfutex.explore;

/** The third mutex of "Futexes Are Tricky", as guests use it: 0 free, 1 locked, 2 locked and perhaps waited for. */
final class Mutex3 {

    static final long LOCK = 0;
    static final long COUNT = 4;

    private Mutex3() {}

    static void lock(Guest g) {
        if (!g.cas(LOCK, 0, 1)) {
            while (g.exchange(LOCK, 2) != 0) {
                g.await(LOCK, 2);
            }
        }
    }

    static void unlock(Guest g) {
        if (g.exchange(LOCK, 0) == 2) {
            g.wake(LOCK, 1);
        }
    }

    /** Loses the wake of a guest that falls asleep between the load and the store. */
    static void unlockByLoadAndStore(Guest g) {
        int before = g.load(LOCK);
        g.store(LOCK, 0);
        if (before == 2) {
            g.wake(LOCK, 1);
        }
    }

    /** Adds guests that each add 1 to a counter under the mutex. */
    static Explorer threads(Explorer explorer, int guests, boolean broken) {
        Explorer e = words(explorer, guests);
        for (int i = 0; i < guests; i++) {
            e = e.thread(name(i), g -> {
                lock(g);
                g.store(COUNT, g.load(COUNT) + 1);
                if (broken) {
                    unlockByLoadAndStore(g);
                } else {
                    unlock(g);
                }
            });
        }
        return e;
    }

    private static Explorer words(Explorer explorer, int guests) {
        return explorer.word("lock", LOCK, 0)
                .word("count", COUNT, 0)
                .finallyExpect("every guest has counted", s -> s.load(COUNT) == guests)
                .finallyExpect("the lock is free", s -> s.load(LOCK) == 0);
    }

    private static String name(int guest) {
        return String.valueOf((char) ('A' + guest));
    }

    /** Adds step machines that do the same. */
    static Explorer machines(Explorer explorer, int guests) {
        Explorer e = words(explorer, guests);
        for (int i = 0; i < guests; i++) {
            e = e.machine(name(i), Machine::new);
        }
        return e;
    }

    private static final class Machine implements StepMachine {

        private enum Next {
            TRY,
            MARK,
            SLEEP,
            LOAD,
            STORE,
            UNLOCK,
            WAKE,
            END
        }

        private Next next = Next.TRY;
        private int count;

        @Override
        public boolean step(Guest g) {
            switch (next) {
                case TRY -> next = g.cas(LOCK, 0, 1) ? Next.LOAD : Next.MARK;
                case MARK -> next = g.exchange(LOCK, 2) == 0 ? Next.LOAD : Next.SLEEP;
                case SLEEP -> {
                    g.beginAwait(LOCK, 2, -1, Long.MAX_VALUE);
                    next = Next.MARK;
                }
                case LOAD -> {
                    count = g.load(COUNT);
                    next = Next.STORE;
                }
                case STORE -> {
                    g.store(COUNT, count + 1);
                    next = Next.UNLOCK;
                }
                case UNLOCK -> next = g.exchange(LOCK, 0) == 2 ? Next.WAKE : Next.END;
                case WAKE -> {
                    g.wake(LOCK, 1);
                    next = Next.END;
                }
                case END -> throw new AssertionError();
            }
            return next != Next.END;
        }

        @Override
        public long state() {
            return next.ordinal() * 16L + (next == Next.STORE ? count : 0);
        }
    }
}
