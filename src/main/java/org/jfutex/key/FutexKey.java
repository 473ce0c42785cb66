package org.jfutex.key;

/** The name of a futex: two waits meet a wake when their keys are equal. */
public interface FutexKey {}
