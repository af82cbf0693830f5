/** Continuous batching: sessions, the loop that runs one pass for all of them, the release window and accounting. May use everything but {@code spring} and {@code server}. */
@NullMarked
package dev.sluice.engine;

import org.jspecify.annotations.NullMarked;
