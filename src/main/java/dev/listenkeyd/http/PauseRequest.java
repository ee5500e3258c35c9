package dev.listenkeyd.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.view.Member;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The body of a pause. */
@Schema(name = "PauseRequest", additionalProperties = Schema.False.class)
record PauseRequest(
        @Schema(
                description = "For people: the pause is shown with it",
                pattern = "^" + AccountPause.REASON_SYNTAX + "$")
        String reason,

        @JsonProperty(LENGTH) @Schema(description = "How long, such as 30m or 2h: from 1s to 24h")
        String length) {

    /** The member's name in JSON, which is a word of Java's own. */
    private static final String LENGTH = "for";

    private static final List<String> MEMBERS = Member.names(PauseRequest.class);

    /** The pause that is asked for. */
    record Pause(String reason, Duration time) {}

    /** @throws LeaseRefused listing all violations */
    static Pause parse(byte[] bytes) {
        JsonBody body = new JsonBody(bytes, MEMBERS);
        body.requirePresent("reason");
        String reason = body.text("reason", AccountPause.REASON, "be 1 to 200 printable characters");
        body.requirePresent(LENGTH);
        Duration time = time(body, body.text(LENGTH));
        body.requireValid();
        return new Pause(Objects.requireNonNull(reason), Objects.requireNonNull(time));
    }

    private static @Nullable Duration time(JsonBody body, @Nullable String raw) {
        Duration time = raw == null ? null : Durations.parse(raw, AccountPause.SHORTEST, AccountPause.LONGEST);
        if (raw != null && time == null) {
            body.violation(LENGTH + ": must be a duration such as 30m or 2h, from " + AccountPause.SHORTEST.toSeconds()
                    + "s to " + AccountPause.LONGEST.toHours() + "h");
        }
        return time;
    }
}
