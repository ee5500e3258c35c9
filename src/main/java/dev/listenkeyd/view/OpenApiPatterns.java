package dev.listenkeyd.view;

import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;

/** Patterns of names and keys, for the OpenAPI document and the schemas of tools. */
public final class OpenApiPatterns {
    public static final String ACCOUNT = "^" + Registration.ACCOUNT_SYNTAX + "$";
    public static final String HOLDER = "^" + Registration.HOLDER_SYNTAX + "$";
    public static final String SECRET = "^" + Secret.SYNTAX + "$";

    private OpenApiPatterns() {}
}
