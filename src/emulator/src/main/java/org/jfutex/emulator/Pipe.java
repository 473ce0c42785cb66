package org.jfutex.emulator;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.linux.Errno;

/** A pipe: 64 KiB between two ends. */
final class Pipe {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /* Guarded by lock. */
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16); // ready to be filled
    private boolean readerClosed;
    private boolean writerClosed;

    final OpenFileDescription reader;
    final OpenFileDescription writer;

    Pipe(int flags) {
        reader = new End(flags);
        writer = new End(flags | 1);
    }

    private final class End extends OpenFileDescription {

        End(int flags) {
            super(flags);
        }

        @Override
        int read(ByteBuffer target, long position) throws InterruptedException {
            checkPosition(position);
            lock.lockInterruptibly();
            try {
                while (bytes.position() == 0) {
                    if (writerClosed) {
                        return 0;
                    }
                    await();
                }
                bytes.flip();
                int length = Math.min(target.remaining(), bytes.remaining());
                target.put(bytes.slice(0, length));
                bytes.position(length).compact();
                changed.signalAll();
                return length;
            } finally {
                lock.unlock();
            }
        }

        @Override
        int write(ByteBuffer source, long position) throws InterruptedException {
            checkPosition(position);
            int length = source.remaining();
            lock.lockInterruptibly();
            try {
                while (source.hasRemaining()) {
                    if (readerClosed) {
                        throw new SystemCallException(SystemErrno.EPIPE);
                    }
                    int part = Math.min(source.remaining(), bytes.remaining());
                    if (part == 0 || (length <= 4096 && part < length)) { // short writes are atomic
                        if (source.remaining() < length && isNonBlocking()) {
                            break;
                        }
                        await();
                        continue;
                    }
                    bytes.put(source.slice(source.position(), part));
                    source.position(source.position() + part);
                    changed.signalAll();
                }
                return length - source.remaining();
            } finally {
                lock.unlock();
            }
        }

        private void await() throws InterruptedException {
            if (isNonBlocking()) {
                throw new SystemCallException(Errno.EAGAIN);
            }
            changed.await();
        }

        private void checkPosition(long position) {
            if (position >= 0) {
                throw new SystemCallException(SystemErrno.ESPIPE);
            }
        }

        @Override
        int type() {
            return 0010000; // a FIFO
        }

        @Override
        void close() {
            lock.lock();
            try {
                readerClosed |= this == reader;
                writerClosed |= this == writer;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
