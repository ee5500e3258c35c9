package dev.listenkeyd.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.OpenApiPatterns;
import dev.listenkeyd.view.UnknownMembers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The body of a registration: parsed strictly, every complaint names its member and repeats no value. */
@Schema(name = "RegisterRequest", additionalProperties = Schema.False.class)
record RegisterRequest(
        @Schema(pattern = OpenApiPatterns.ACCOUNT) String account,

        @Schema(description = "Only for an account that isn't configured", pattern = OpenApiPatterns.SECRET) @Nullable
        String apiKey,

        @Schema(
                description = "Another apiKey than the one that the account is registered with takes its place",
                type = SchemaType.BOOLEAN,
                defaultValue = "false")
        @Nullable
        Boolean replaceApiKey,

        @Schema(description = "A key that the caller already has", nullable = true, pattern = OpenApiPatterns.SECRET)
        @Nullable
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

    private static final List<String> MEMBERS =
            List.of("account", "apiKey", "replaceApiKey", "listenKey", "onLoss", "holder");

    /**
     * @param caller the client, and the holder when none is named
     * @throws LeaseRefused listing all that is wrong
     */
    static Leases.Request parse(byte[] body, String caller) {
        JsonNode json = JsonBody.object(body);
        List<String> wrong =
                new ArrayList<>(UnknownMembers.unknown(json.propertyStream().map(Map.Entry::getKey), MEMBERS));
        String account = name(json, "account", Registration.ACCOUNT, wrong);
        if (account == null && !json.hasNonNull("account")) {
            wrong.add("account: is missing");
        }
        String holder = name(json, "holder", Registration.HOLDER, wrong);
        // Of all reserved names only the one of an open API is a caller's.
        if (holder != null && Clients.isReserved(holder) && !holder.equalsIgnoreCase(caller)) {
            wrong.add("holder: config, default and listenkeyd are reserved");
        }
        Secret apiKey = secret(json, "apiKey", wrong);
        boolean replaceApiKey = JsonBody.flag(json, "replaceApiKey", wrong);
        if (replaceApiKey && apiKey == null) {
            wrong.add("replaceApiKey: needs apiKey");
        }
        Secret listenKey = secret(json, "listenKey", wrong);
        OnLoss onLoss = onLoss(json, wrong);
        if (!wrong.isEmpty() || account == null) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, String.join("; ", wrong));
        }
        return new Leases.Request(
                account, apiKey, replaceApiKey, listenKey, onLoss, holder == null ? caller : holder, caller);
    }

    private static @Nullable String name(JsonNode json, String member, Pattern pattern, List<String> wrong) {
        String value = JsonBody.text(json, member, wrong);
        if (value != null && !pattern.matcher(value).matches()) {
            wrong.add(member + ": must match " + pattern);
            return null;
        }
        return value;
    }

    private static @Nullable Secret secret(JsonNode json, String member, List<String> wrong) {
        String value = JsonBody.text(json, member, wrong);
        try {
            return value == null ? null : new Secret(value);
        } catch (IllegalArgumentException e) {
            wrong.add(member + ": " + e.getMessage());
            return null;
        }
    }

    private static @Nullable OnLoss onLoss(JsonNode json, List<String> wrong) {
        String value = JsonBody.text(json, "onLoss", wrong);
        if (value == null) {
            return null;
        }
        if (!value.equals("recreate") && !value.equals("report")) {
            wrong.add("onLoss: must be recreate or report");
            return null;
        }
        return value.equals("report") ? OnLoss.REPORT : OnLoss.RECREATE;
    }

    @Override
    public String toString() {
        return "RegisterRequest[" + account + "]";
    }
}
