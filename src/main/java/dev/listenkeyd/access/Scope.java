package dev.listenkeyd.access;

import java.util.List;
import java.util.Set;

/** Scopes of clients: words of the configuration, and roles of an identity. */
public final class Scope {
    public static final String READ = "read";
    public static final String WRITE = "write";
    /** Allows to see the raw listen key. */
    public static final String REVEAL = "reveal";

    public static final String APPROVE = "approve";

    public static final List<String> ALL = List.of(READ, WRITE, REVEAL, APPROVE);

    /** The scopes of a client without configured ones. */
    public static final Set<String> DEFAULT = Set.of(READ, WRITE);

    /** The scopes of every caller of an open API. No {@link #APPROVE}: approval needs a second client. */
    public static final Set<String> OPEN = Set.of(READ, WRITE, REVEAL);

    private Scope() {}
}
