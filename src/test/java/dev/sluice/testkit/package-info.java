/** What tests of several packages share. */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
