package dev.listenkeyd.view;

import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;

/** What the description of the API says of names and keys. */
public final class OpenApiPatterns {
    public static final String ACCOUNT = "^" + Registration.ACCOUNT_SYNTAX + "$";
    public static final String HOLDER = "^" + Registration.HOLDER_SYNTAX + "$";
    public static final String SECRET = "^" + Secret.SYNTAX + "$";

    private OpenApiPatterns() {}
}
