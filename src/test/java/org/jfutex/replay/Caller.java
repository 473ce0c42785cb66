package org.jfutex.replay;

/** One of the threads that make the calls of a recorded program: threads of up to five processes. */
enum Caller {
    /** A thread of the first process, A. */
    A0(0),
    /** A thread of A. */
    A1(0),
    /** A thread of A. */
    A2(0),
    /** A thread of B, a fork of A. */
    B0(1),
    /** A thread of B. */
    B1(1),
    /** The only thread of C, a process that shares the memory of A (CLONE_VM). */
    C0(2),
    /** The only thread of a process that a caller forks during the program. */
    D0(3),
    /** The only thread of the second such process. */
    E0(4);

    /** The number of its process: 0 for A, to 4 for E. */
    final int process;

    Caller(int process) {
        this.process = process;
    }
}
