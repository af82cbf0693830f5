package dev.sluice.model.store;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file to download.
 *
 * @param address where it is; no user information, no fragment
 * @param label what it is, for people
 * @param size its length in bytes, or -1 if unknown
 * @param sha256 the hash it must have, or null if unknown
 * @param credentials the {@code Authorization} header for the origin of the address, or null
 */
record RemoteFile(
        URI address,
        String label,
        long size,
        @Nullable String sha256,
        @Nullable Credentials credentials) {

    /**
     * An {@code Authorization} header, and the only origin that may see it.
     *
     * @param origin an address of that origin
     * @param header the header's value
     */
    record Credentials(URI origin, String header) {
        /** The headers to send to an address: none if it is of another origin. */
        Map<String, String> headersFor(URI address) {
            boolean same = origin.getScheme().equalsIgnoreCase(address.getScheme())
                    && Objects.equals(lower(origin.getHost()), lower(address.getHost()))
                    && port(origin) == port(address);
            return same ? Map.of("Authorization", header) : Map.of();
        }

        private static @Nullable String lower(@Nullable String host) {
            return host == null ? null : host.toLowerCase(Locale.ROOT);
        }

        private static int port(URI address) {
            if (address.getPort() >= 0) {
                return address.getPort();
            }
            return "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
        }

        @Override
        public String toString() {
            return "Credentials[origin=" + origin + "]";
        }
    }
}
