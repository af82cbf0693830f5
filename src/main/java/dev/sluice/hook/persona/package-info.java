/** Personas (Persona-judge): one prompt context a persona; all of them judge each token together. */
@NullMarked
package dev.sluice.hook.persona;

import org.jspecify.annotations.NullMarked;
