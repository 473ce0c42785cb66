package org.jfutex.replay;

/** One of the six threads of a recorded program: three of process A, three of its child B. */
enum Actor {
    A0(0, 0),
    A1(0, 1),
    A2(0, 2),
    B0(1, 0),
    B1(1, 1),
    B2(1, 2);

    /** The number of its process: 0 for A, 1 for B. */
    final int process;

    /** Its number among the threads of its process. */
    final int number;

    Actor(int process, int number) {
        this.process = process;
        this.number = number;
    }
}
