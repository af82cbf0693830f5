/** The server: OpenAI-compatible routes and the command line. The first user of the starter. */
@NullMarked
package dev.sluice.server;

import org.jspecify.annotations.NullMarked;
