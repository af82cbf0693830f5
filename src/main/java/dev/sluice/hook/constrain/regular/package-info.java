/** Regular sets of byte strings: by derivatives, with intersection and complement, as automata built while they are used. */
@NullMarked
package dev.sluice.hook.constrain.regular;

import org.jspecify.annotations.NullMarked;
