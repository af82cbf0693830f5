/**
 * Measures the engine on the machine at hand: one run, everything in turns, medians; in text, JSON and a plot.
 *
 * <p>{@code Bench} runs it, {@code Figures} is what was found. {@code PeerEngine} is the border to another engine that
 * runs beside ours; the product ships none.
 */
@NullMarked
package dev.sluice.server.bench;

import org.jspecify.annotations.NullMarked;
