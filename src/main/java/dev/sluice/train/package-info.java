/** Training and evaluation of what guards learn: fits of small networks, what they learn from, and what their verdicts cost answers. Randomness comes from seeds. */
@NullMarked
package dev.sluice.train;

import org.jspecify.annotations.NullMarked;
