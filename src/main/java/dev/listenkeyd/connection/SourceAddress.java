package dev.listenkeyd.connection;

/** The part of a caller's address that the caller can't choose freely. */
public final class SourceAddress {
    private static final int NETWORK_GROUPS = 4;

    private SourceAddress() {}

    /** An IPv4 address as it is; of an IPv6 address the /64 network, since one machine can have all of it. */
    public static String of(String address) {
        if (address.indexOf(':') < 0 || address.indexOf('.') >= 0) {
            return address;
        }
        // Java writes all eight groups; a zone may follow.
        String[] groups = address.split(":", NETWORK_GROUPS + 1);
        return groups.length <= NETWORK_GROUPS
                ? address
                : String.join(":", groups[0], groups[1], groups[2], groups[3]) + "::/64";
    }
}
