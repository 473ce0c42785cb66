/** A replay, step by step, of futex programs that were recorded on a real kernel. It reports every different result. */
@NullMarked
package org.jfutex.replay;

import org.jspecify.annotations.NullMarked;
