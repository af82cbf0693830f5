/** Guards: a {@link dev.sluice.hook.GuardHook} is a rule, a {@link dev.sluice.hook.HookState} an immutable position of it in one answer. May use {@code decode} and {@code token}. */
@NullMarked
package dev.sluice.hook;

import org.jspecify.annotations.NullMarked;
