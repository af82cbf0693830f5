/** The Spring Boot starter: auto-configuration, settings and the client that an application injects. */
@NullMarked
package dev.sluice.spring;

import org.jspecify.annotations.NullMarked;
