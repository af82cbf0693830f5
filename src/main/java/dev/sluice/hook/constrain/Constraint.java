package dev.sluice.hook.constrain;

/**
 * What must hold of the bytes of a whole answer: a regular expression, a grammar, a schema. Immutable, compiled, shared by all
 * requests and threads; what it learns about its own states while it is used it keeps in bounded memory.
 */
public interface Constraint {
    /** The position before the first byte. */
    ConstraintState start();
}
