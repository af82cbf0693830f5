package dev.sluice.engine;

/**
 * What the engine is doing.
 *
 * @param running choices that hold a place in the batch
 * @param waiting choices that wait for one
 * @param passes passes since the start
 * @param freePositions KV positions that no session holds
 * @param totalPositions KV positions of the pool
 */
public record EngineStatus(int running, int waiting, long passes, int freePositions, int totalPositions) {}
