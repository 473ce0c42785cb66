/**
 * A suite that an embedder runs in its own build over its own memory: extend {@link org.jfutex.conformance.FutexConformance}.
 *
 * <p>It comes as an artifact of its own, with the classifier {@code conformance}, together with programs that Linux ran and what they answered: see {@link
 * org.jfutex.replay.Stage} for who has more than private memory.
 */
@NullMarked
package org.jfutex.conformance;

import org.jspecify.annotations.NullMarked;
