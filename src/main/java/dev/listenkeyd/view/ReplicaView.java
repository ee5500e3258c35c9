package dev.listenkeyd.view;

import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.FleetStore.Beat;
import dev.listenkeyd.fleet.Member;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A replica as the API shows it. */
@RegisterForReflection
@Schema(name = "Replica")
public record ReplicaView(
        @Schema(description = "Its configured name") String replica,

        @Schema(description = "Of its process; another one after a restart")
        String id,

        Instant startedAt,

        @Schema(description = "When it reported itself last")
        Instant lastBeatAt,

        @Schema(description = "Number of leases that it renews; of one that is gone, that it had")
        int leases,

        @Schema(
                description =
                        "Request weight per window that its share of the leases follows: what it may use, less while its calls"
                                + " are late and after a pause, 0 while it is paused or cut off from the exchange")
        int weight,

        @Schema(description = "Whether it has given this answer")
        boolean answering) {

    /** All replicas. */
    @RegisterForReflection
    @Schema(name = "Replicas")
    public record Replicas(
            @Schema(description = "The live ones, the longest running first")
            List<ReplicaView> items,

            @Schema(description = "Those that stopped reporting within the last hour without having been stopped")
            List<ReplicaView> gone,

            @Schema(description = "Leases that the answering one has taken over since it started, by cause")
            Map<String, Integer> takeovers) {}

    /** All replicas, as one of them knows them. */
    public static Replicas of(dev.listenkeyd.fleet.Replicas replicas) {
        Map<String, Integer> takeovers = new TreeMap<>();
        for (Takeover cause : Takeover.values()) {
            takeovers.put(WireWord.of(cause), replicas.takeovers().getOrDefault(cause, 0));
        }
        Beat beat = replicas.lastBeat();
        return new Replicas(of(beat.members(), replicas.id()), of(beat.gone(), replicas.id()), takeovers);
    }

    private static List<ReplicaView> of(List<Member> members, String answering) {
        return members.stream().map(member -> of(member, answering)).toList();
    }

    private static ReplicaView of(Member member, String answering) {
        return new ReplicaView(
                member.replica(),
                member.id(),
                member.startedAt(),
                member.lastBeatAt(),
                member.leases(),
                member.weight(),
                member.id().equals(answering));
    }
}
