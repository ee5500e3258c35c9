package dev.listenkeyd.view;

import dev.listenkeyd.fleet.Member;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A replica as the API shows it. */
@RegisterForReflection
@Schema(name = "Replica")
public record ReplicaView(
        @Schema(description = "Its configured name") String replica,

        @Schema(description = "Of its process; another one after a restart")
        String id,

        Instant startedAt,

        @Schema(description = "Number of leases that it renews")
        int leases,

        @Schema(
                description =
                        "Request weight per window that it may use now; 0 while it is paused or cut off from the exchange")
        int weight,

        @Schema(description = "Whether it has given this answer")
        boolean answering) {

    /** All replicas. */
    @RegisterForReflection
    @Schema(name = "Replicas")
    public record Replicas(List<ReplicaView> items) {}

    /** @param answering id of the replica that answers */
    public static ReplicaView of(Member member, String answering) {
        return new ReplicaView(
                member.replica(),
                member.id(),
                member.startedAt(),
                member.leases(),
                member.weight(),
                member.id().equals(answering));
    }
}
