package dev.listenkeyd.access;

import java.util.List;
import java.util.Set;

/** What a client may do; the words of the configuration, and the roles of its identity. */
public final class Scope {
    public static final String READ = "read";
    public static final String WRITE = "write";
    /** To see the raw listen key. */
    public static final String REVEAL = "reveal";

    public static final String APPROVE = "approve";

    public static final List<String> ALL = List.of(READ, WRITE, REVEAL, APPROVE);

    /** Of a client that names none. */
    public static final Set<String> DEFAULT = Set.of(READ, WRITE);

    /** Of whoever calls while no client is configured. To approve is to be somebody else than the one who asks. */
    public static final Set<String> OPEN = Set.of(READ, WRITE, REVEAL);

    private Scope() {}
}
