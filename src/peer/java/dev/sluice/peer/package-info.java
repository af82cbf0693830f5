/** llama.cpp behind bench's {@code PeerEngine}. Built by the profile {@code peer} alone; no part of the product. */
package dev.sluice.peer;
