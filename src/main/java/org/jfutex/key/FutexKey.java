package org.jfutex.key;

/**
 * The name of a futex: two words are the same futex exactly when their keys are equal.
 *
 * <p>The three kinds never equal each other, so a private operation and a shared one never meet, not even on one word, as in
 * Linux since 2.6.22. A key holds its memory or its mapped object, and both are compared by identity: while a waiter is
 * queued its identity cannot be given to anything else.
 */
public sealed interface FutexKey permits PrivateKey, AnonymousKey, SharedKey {}
