package dev.listenkeyd.http;

import dev.listenkeyd.access.Clients;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.RegistrationRequest;
import dev.listenkeyd.view.Member;
import dev.listenkeyd.view.OpenApiPatterns;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The body of a registration. */
@Schema(name = "RegisterRequest", additionalProperties = Schema.False.class)
record RegisterRequest(
        @Schema(pattern = OpenApiPatterns.ACCOUNT) String account,

        @Schema(description = "Only for an account that isn't configured", pattern = OpenApiPatterns.SECRET) @Nullable
        String apiKey,

        @Schema(
                description = "Whether an apiKey that differs from the registered one replaces it",
                type = SchemaType.BOOLEAN,
                defaultValue = "false")
        @Nullable
        Boolean replaceApiKey,

        @Schema(description = "A key that the caller already has", pattern = OpenApiPatterns.SECRET) @Nullable
        String listenKey,

        @Schema(
                enumeration = {"recreate", "report"},
                defaultValue = "recreate")
        @Nullable
        String onLoss,

        @Schema(
                description = "Without it the name of the client, or default while the API is open",
                pattern = OpenApiPatterns.HOLDER)
        @Nullable
        String holder) {

    private static final List<String> MEMBERS = Member.names(RegisterRequest.class);

    private static final Pattern ON_LOSS = Pattern.compile("recreate|report");

    /**
     * @param caller the client, and the holder when none is named
     * @throws LeaseRefused listing all violations
     */
    static RegistrationRequest parse(byte[] bytes, String caller) {
        JsonBody body = new JsonBody(bytes, MEMBERS);
        body.requirePresent("account");
        String account = body.text("account", Registration.ACCOUNT, "match " + Registration.ACCOUNT);
        String holder = body.text("holder", Registration.HOLDER, "match " + Registration.HOLDER);
        // While the API is open its callers have a reserved name, which they may use.
        if (holder != null && Clients.isReserved(holder) && !holder.equalsIgnoreCase(caller)) {
            body.violation("holder: config, default and listenkeyd are reserved");
        }
        Secret apiKey = secret(body, "apiKey");
        boolean replaceApiKey = body.flag("replaceApiKey");
        if (replaceApiKey && apiKey == null) {
            body.violation("replaceApiKey: needs apiKey");
        }
        Secret listenKey = secret(body, "listenKey");
        String onLoss = body.text("onLoss", ON_LOSS, "be recreate or report");
        body.requireValid();
        return new RegistrationRequest(
                Objects.requireNonNull(account),
                apiKey,
                replaceApiKey,
                listenKey,
                onLoss == null ? null : OnLoss.valueOf(onLoss.toUpperCase(Locale.ROOT)),
                holder == null ? caller : holder,
                caller);
    }

    private static @Nullable Secret secret(JsonBody body, String member) {
        String value = body.text(member);
        try {
            return value == null ? null : new Secret(value);
        } catch (IllegalArgumentException e) {
            body.violation(member + ": " + e.getMessage());
            return null;
        }
    }

    @Override
    public String toString() {
        return "RegisterRequest[" + account + "]";
    }
}
