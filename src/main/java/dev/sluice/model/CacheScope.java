package dev.sluice.model;

/**
 * Who shares KV pages: lanes of equal scopes reuse each other's, lanes of others never meet.
 *
 * @param tenant whose requests they are, such as an API key's; empty for no one's in particular
 * @param salt what a request adds to keep apart from its tenant's other requests; empty for nothing
 */
public record CacheScope(String tenant, String salt) {}
