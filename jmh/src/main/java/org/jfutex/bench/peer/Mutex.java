package org.jfutex.bench.peer;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.memory.FlatMemory;
import org.jfutex.sync.FutexMutex;

/** A mutex, built on the word of a futex or taken from the JDK. */
public interface Mutex {

    /** Locks this mutex. */
    void lock();

    /** Unlocks this mutex. */
    void unlock();

    /** The contenders. */
    enum Kind {
        /** {@link FutexMutex}. */
        JFUTEX(() -> of(new FutexMutex(
                new FutexTable(), FlatMemory.of(ByteBuffer.allocateDirect(Integer.BYTES)), 0, Scope.PRIVATE))),
        /** The textbook's three states, by the simplest calls of jfutex's table. */
        JFUTEX_BY_HAND(() -> new ThreeStates(Peer.JFUTEX.make(1))),
        /** The three states in bare words, with the minimal futex. */
        LEAST(() -> new ThreeStates(Peer.LEAST.make(1))),
        /** The three states in a word of the kernel's futex. */
        KERNEL(() -> new ThreeStates(Peer.KERNEL.make(1))),
        /** The three states in a word of the naive table. */
        NAIVE(() -> new ThreeStates(Peer.NAIVE.make(1))),
        /** A {@code ReentrantLock}. */
        REENTRANT_LOCK(() -> of(new ReentrantLock())),
        /** A {@code StampedLock}. */
        STAMPED_LOCK(() -> of(new StampedLock().asWriteLock()));

        private final Supplier<Mutex> maker;

        Kind(Supplier<Mutex> maker) {
            this.maker = maker;
        }

        /** Creates an unlocked mutex. */
        public Mutex make() {
            return maker.get();
        }
    }

    private static Mutex of(Lock lock) {
        return new Mutex() {
            @Override
            public void lock() {
                lock.lock();
            }

            @Override
            public void unlock() {
                lock.unlock();
            }
        };
    }

    /** The three-state mutex of Drepper's paper: 0 is free, 1 is locked, 2 is locked and there may be waiters. */
    final class ThreeStates implements Mutex {

        private final Futex futex;

        ThreeStates(Futex futex) {
            this.futex = futex;
        }

        @Override
        public void lock() {
            if (!futex.compareAndSet(0, 0, 1)) {
                lockContended();
            }
        }

        private void lockContended() {
            try {
                while (futex.getAndSet(0, 2) != 0) {
                    futex.await(0, 2);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void unlock() {
            if (futex.getAndSet(0, 0) == 2) {
                futex.wake(0, 1);
            }
        }
    }
}
