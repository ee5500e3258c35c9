package dev.listenkeyd.http;

import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;

/** What the OpenAPI document says of the whole API. */
@SecurityScheme(
        securitySchemeName = ApiDescription.TOKEN,
        type = SecuritySchemeType.HTTP,
        scheme = "bearer",
        description = "The token of a configured client; none is needed while the API is open to this machine only")
final class ApiDescription {
    static final String TOKEN = "token";

    private ApiDescription() {}
}
