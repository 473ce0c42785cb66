/** Replays futex programs that a real kernel ran, step by step, and tells where we answer otherwise. */
@NullMarked
package org.jfutex.replay;

import org.jspecify.annotations.NullMarked;
