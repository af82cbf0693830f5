/** Training of learned hooks and the measures that show what they do. */
@NullMarked
package dev.sluice.train;

import org.jspecify.annotations.NullMarked;
