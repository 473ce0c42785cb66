/**
 * A suite that an embedder runs in its own build over its own memory: extend {@link org.jfutex.conformance.FutexConformance}.
 *
 * <p>It comes as an artifact of its own, with the classifier {@code conformance}.
 */
@NullMarked
package org.jfutex.conformance;

import org.jspecify.annotations.NullMarked;
