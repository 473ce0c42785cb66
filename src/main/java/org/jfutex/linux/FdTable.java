package org.jfutex.linux;

import org.jfutex.FutexFd;

/**
 * The guest's file descriptor table, in which FUTEX_FD opens its descriptors. The embedder implements it.
 *
 * <p>As in the kernel, a number is reserved first, then the file is created, then it is published under the number.
 */
public interface FdTable {

    /**
     * Reserves a free number.
     *
     * @param task the task that makes the call
     * @return the number, or a negative errno such as {@code -Errno.EMFILE}
     */
    int reserve(Task task);

    /**
     * Publishes a file under its reserved number. If this method throws, the file is closed and the number
     * {@linkplain #release released}.
     *
     * @param task the task that makes the call
     * @param fd the number
     * @param file the file, which the embedder closes when the guest closes the number
     */
    void install(Task task, int fd, FutexFd file);

    /**
     * Releases a reserved number, because no file could be created for it.
     *
     * @param task the task that makes the call
     * @param fd the number
     */
    void release(Task task, int fd);

    /**
     * Delivers the signal that a FUTEX_FD call requested: like SIGIO, with the code POLL_IN. The waker's thread calls
     * this method and holds no lock of the table.
     *
     * @param owner the task that opened the descriptor
     * @param fd the descriptor's number
     * @param signal 1 to 64
     */
    void signal(Task owner, int fd, int signal);
}
