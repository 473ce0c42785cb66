package org.jfutex.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.jfutex.memory.FlatMemory;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexSemaphore;
import org.openjdk.jmh.infra.Blackhole;

/** Two threads that hand over to each other, as measured by {@link HandOffUnderLoad}. */
interface Exchange {

    /** Makes one round trip; called by the first thread. */
    void go() throws InterruptedException;

    /** Answers one round trip; called by the second thread. Returns false after {@link #end}. */
    boolean answer() throws InterruptedException;

    /** Makes {@link #answer} return false, once. */
    void end() throws InterruptedException;

    /** The implementations that are compared. */
    enum Contender {
        /** A table with the default policy. */
        DEFAULT,
        /** A table whose waiters park at once. */
        NONE,
        /** The JDK's equivalent. */
        JDK;

        FutexTable table() {
            return this == NONE
                    ? FutexTable.builder().spinPolicy(SpinPolicy.NONE).build()
                    : new FutexTable();
        }
    }

    /** The means by which the threads hand over. */
    enum Means {
        /** Waits and wakes on two words; {@code Object.wait} and {@code notify}. */
        RAW(Words::new),
        /** Two semaphores. */
        SEMAPHORE(c -> c == Contender.JDK ? new JdkSemaphores() : new FutexSemaphores(c.table())),
        /** A mutex that both threads lock and unlock in a loop. */
        MUTEX(c -> new Mutual(c == Contender.JDK ? new ReentrantLock() : mutex(c.table()))),
        /** Turns under a mutex with two conditions. */
        CONDITION(Means::turns),
        /** An interrupt of a waiting thread; for the JDK, of one in {@code LockSupport.park}. */
        INTERRUPT(Interrupted::new);

        private final Function<Contender, Exchange> maker;

        Means(Function<Contender, Exchange> maker) {
            this.maker = maker;
        }

        Exchange make(Contender contender) {
            return maker.apply(contender);
        }

        private static FutexMutex mutex(FutexTable table) {
            return new FutexMutex(table, memory(), 0, Scope.PRIVATE);
        }

        private static Exchange turns(Contender contender) {
            if (contender == Contender.JDK) {
                Lock lock = new ReentrantLock();
                return new Turns(lock, lock.newCondition(), lock.newCondition());
            }
            FutexMutex mutex = mutex(contender.table());
            return new Turns(mutex, mutex.newCondition(512), mutex.newCondition(1024));
        }
    }

    private static FlatMemory memory() {
        return FlatMemory.of(ByteBuffer.allocateDirect(4096));
    }

    /** A word for each direction. */
    final class Words implements Exchange {
        private static final int PING = 0;
        private static final int PONG = 512;
        private static final int OVER = -1;

        private final Futex futex;
        private int said;
        private int heard;

        Words(Contender c) {
            futex = (c == Contender.JDK ? Peer.MONITOR : c == Contender.NONE ? Peer.JFUTEX_NONE : Peer.JFUTEX)
                    .make(1024);
        }

        @Override
        public void go() throws InterruptedException {
            int next = ++said;
            say(PING, next);
            hear(PONG, next - 1);
        }

        @Override
        public boolean answer() throws InterruptedException {
            int value = hear(PING, heard);
            if (value == OVER) {
                futex.store(PING, said); // the next block begins with the next number
                return false;
            }
            heard = value;
            say(PONG, value);
            return true;
        }

        @Override
        public void end() {
            say(PING, OVER);
        }

        private void say(int word, int value) {
            futex.store(word, value);
            futex.wake(word, 1);
        }

        private int hear(int word, int before) throws InterruptedException {
            for (int value; ; futex.await(word, before)) {
                if ((value = futex.load(word)) != before) {
                    return value;
                }
            }
        }
    }

    /** Two semaphores that start with zero permits. */
    abstract class Permits implements Exchange {
        private volatile boolean over;

        abstract void release(int which);

        abstract void acquire(int which) throws InterruptedException;

        @Override
        public final void go() throws InterruptedException {
            release(0);
            acquire(1);
        }

        @Override
        public final boolean answer() throws InterruptedException {
            acquire(0);
            if (over) {
                over = false;
                return false;
            }
            release(1);
            return true;
        }

        @Override
        public final void end() {
            over = true;
            release(0);
        }
    }

    /** Two {@link FutexSemaphore}s. */
    final class FutexSemaphores extends Permits {
        private final FutexSemaphore[] both;

        FutexSemaphores(FutexTable table) {
            FlatMemory memory = memory();
            both = new FutexSemaphore[] {
                new FutexSemaphore(table, memory, 0, Scope.PRIVATE),
                new FutexSemaphore(table, memory, 2048, Scope.PRIVATE)
            };
        }

        @Override
        void release(int which) {
            both[which].release();
        }

        @Override
        void acquire(int which) throws InterruptedException {
            both[which].acquire();
        }
    }

    /** Two semaphores of the JDK. */
    final class JdkSemaphores extends Permits {
        private final Semaphore[] both = {new Semaphore(0), new Semaphore(0)};

        @Override
        void release(int which) {
            both[which].release();
        }

        @Override
        void acquire(int which) throws InterruptedException {
            both[which].acquire();
        }
    }

    /** One lock that both threads take in a loop. They work equally long with and without the lock. */
    final class Mutual implements Exchange {
        private static final int WORK = 200;

        private final Lock lock;
        private volatile boolean over;

        Mutual(Lock lock) {
            this.lock = lock;
        }

        @Override
        public void go() {
            lock.lock();
            Blackhole.consumeCPU(WORK);
            lock.unlock();
            Blackhole.consumeCPU(WORK);
        }

        @Override
        public boolean answer() {
            go();
            if (over) {
                over = false;
                return false;
            }
            return true;
        }

        @Override
        public void end() {
            over = true;
        }
    }

    /** Two threads that take turns under a lock with two conditions. */
    final class Turns implements Exchange {
        private final Lock lock;
        private final Condition yours;
        private final Condition mine;
        private boolean second;
        private boolean over;

        Turns(Lock lock, Condition yours, Condition mine) {
            this.lock = lock;
            this.yours = yours;
            this.mine = mine;
        }

        @Override
        public void go() throws InterruptedException {
            lock.lock();
            try {
                second = true;
                yours.signal();
                while (second) {
                    mine.await();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean answer() throws InterruptedException {
            lock.lock();
            try {
                while (!second) {
                    yours.await();
                }
                second = false;
                boolean more = !over;
                over = false;
                mine.signal();
                return more;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void end() throws InterruptedException {
            lock.lock();
            over = true;
            lock.unlock();
            go();
        }
    }

    /** One thread waits; the other thread interrupts it as soon as it is about to wait. */
    final class Interrupted implements Exchange {
        private final Contender contender;
        private final FutexTable table;
        private final FlatMemory memory = memory();
        private volatile Thread waiter;
        private volatile boolean returned;
        private volatile boolean over;

        Interrupted(Contender c) {
            contender = c;
            table = c.table();
        }

        @Override
        public void go() {
            while (waiter == null) {
                LockSupport.parkNanos(20_000);
            }
            Thread interrupted = waiter;
            waiter = null;
            returned = false;
            interrupted.interrupt();
            while (!returned) {
                LockSupport.parkNanos(20_000);
            }
        }

        @Override
        public boolean answer() {
            waiter = Thread.currentThread();
            if (contender == Contender.JDK) {
                while (!Thread.interrupted()) {
                    LockSupport.park();
                }
            } else {
                try {
                    while (true) {
                        table.await(memory, 0, Scope.PRIVATE, 0);
                    }
                } catch (InterruptedException e) {
                    // the expected end of the wait
                }
            }
            boolean more = !over;
            over = false;
            returned = true;
            return more;
        }

        @Override
        public void end() {
            over = true;
            go();
        }
    }
}
