package dev.sluice.server;

import dev.sluice.engine.GenerationEvent;

/**
 * An event of one of a call's prompts.
 *
 * @param prompt index of the prompt
 * @param event the event
 */
record CallEvent(int prompt, GenerationEvent event) {}
