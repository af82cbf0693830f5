/**
 * Unlearning at generation time (GUARD): prompts about what is to be forgotten are recognised, and the answers to them may not
 * say what the forget set says.
 */
@NullMarked
package dev.sluice.hook.unlearn;

import org.jspecify.annotations.NullMarked;
