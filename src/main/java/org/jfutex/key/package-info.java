/** The names of futexes, and the port to the memory that holds their words. */
@NullMarked
package org.jfutex.key;

import org.jspecify.annotations.NullMarked;
