package org.jfutex.linux;

import org.jfutex.FutexFd;

/**
 * Where FUTEX_FD gets its file descriptors from: the guest's table of open files, which is the embedder's.
 *
 * <p>As in the kernel a number is taken first, then the file is made, then it is published under the number.
 */
public interface FdTable {

    /**
     * Takes a free number.
     *
     * @param task who asks
     * @return the number, or a negative errno such as {@code -Errno.EMFILE}
     */
    int reserve(Task task);

    /**
     * Publishes a file under a number that was reserved for it. If this throws, the file is closed and the number {@linkplain #release released}.
     *
     * @param task who asked
     * @param fd the number
     * @param file what it stands for; close it when the number is closed
     */
    void install(Task task, int fd, FutexFd file);

    /**
     * Gives a reserved number back, since no file came of it.
     *
     * @param task who asked
     * @param fd the number
     */
    void release(Task task, int fd);

    /**
     * Takes the signal of a FUTEX_FD that asked for one: SIGIO-like, with POLL_IN as code. Called by the waker's thread with no lock held.
     *
     * @param owner who made the descriptor
     * @param fd the descriptor's number
     * @param signal 1 to 64
     */
    void signal(Task owner, int fd, int signal);
}
