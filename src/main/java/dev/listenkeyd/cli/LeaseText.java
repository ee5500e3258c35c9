package dev.listenkeyd.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The daemon's JSON as texts for people. */
final class LeaseText {
    private static final int SECOND_NANOS = 1_000_000_000;

    private final TimeText times;

    LeaseText(TimeText times) {
        this.times = times;
    }

    static Table table() {
        return new Table(
                new Table.Column("ACCOUNT", 63),
                new Table.Column("STATUS", 10),
                new Table.Column("DEADLINE", 36),
                new Table.Column("NEXT CALL", 36),
                new Table.Column("FINGERPRINT", 12),
                new Table.Column("REPLICA", 63, true),
                new Table.Column("LAST FAILURE", 60));
    }

    /** The failure is shown while it lasts: after a recovery it is of the past. */
    void addRow(JsonNode lease, Table table) {
        table.add(
                text(lease, "account"),
                text(lease, "status"),
                times.of(lease.path("expiresAt")),
                times.of(lease.path("nextAttemptAt")),
                lease.path("fingerprint").asText(TimeText.NONE),
                lease.path("replica").asText(""),
                lease.path("failures").asInt() == 0 ? TimeText.NONE : failure(lease.path("lastFailure")));
    }

    /** Those that stopped without having been stopped stand last. */
    Table replicas(JsonNode replicas) {
        Table table = new Table(
                new Table.Column("REPLICA", 63),
                new Table.Column("STATE", 40),
                new Table.Column("LEASES", 10),
                new Table.Column("WEIGHT", 10),
                new Table.Column("LAST BEAT", 36),
                new Table.Column("STARTED", 36));
        replicas.path("items").forEach(replica -> addReplica(replica, state(replica), table));
        replicas.path("gone").forEach(replica -> addReplica(replica, "gone", table));
        return table;
    }

    private static String state(JsonNode replica) {
        String state = replica.path("weight").asInt() == 0 ? "paused, banned or cut off" : "live";
        return replica.path("answering").asBoolean() ? state + ", answering" : state;
    }

    private void addReplica(JsonNode replica, String state, Table table) {
        table.add(
                text(replica, "replica"),
                state,
                text(replica, "leases"),
                text(replica, "weight"),
                times.of(replica.path("lastBeatAt")),
                times.of(replica.path("startedAt")));
    }

    /** Empty when the answering replica has taken none over. */
    static Fields takeovers(JsonNode replicas) {
        List<String> causes = new ArrayList<>();
        replicas.path("takeovers").properties().forEach(cause -> {
            if (cause.getValue().asInt() > 0) {
                causes.add(cause.getValue().asText() + " " + cause.getKey());
            }
        });
        return new Fields().add("taken over by the answering one", String.join(", ", causes));
    }

    Fields lease(JsonNode lease) {
        Fields fields = new Fields()
                .add("account", text(lease, "account"))
                .add("status", text(lease, "status"))
                .add("replica", lease.path("replica").asText(""))
                .add("deadline", times.of(lease.path("expiresAt")))
                .add("next call", times.of(lease.path("nextAttemptAt")))
                .add("last success", times.of(lease.path("lastSuccessAt")))
                .add("key", "generation " + text(lease, "generation") + ", fingerprint " + text(lease, "fingerprint"))
                .add("confirmed", times.of(lease.path("confirmedAt")))
                .add("holders", words(lease.path("holders")))
                .add("on loss", text(lease, "onLoss"))
                .add("registered", times.of(lease.path("registeredAt")))
                .add(
                        "failures",
                        text(lease, "failures") + " in a row, " + text(lease, "attemptsLeft")
                                + " more attempts before the deadline");
        if (lease.path("lastFailure").isObject()) {
            JsonNode failure = lease.path("lastFailure");
            fields.add("last failure", times.of(failure.path("at")) + " " + failure(failure));
        }
        if (lease.path("lastLoss").isObject()) {
            fields.add("last loss", loss(lease.path("lastLoss")));
        }
        if (lease.path("pause").isObject()) {
            JsonNode pause = lease.path("pause");
            fields.add("pause", "ends " + times.of(pause.path("until")) + ": " + text(pause, "reason"));
        }
        if (lease.path("stream").isObject()) {
            JsonNode stream = lease.path("stream");
            fields.add(
                    "stream",
                    (stream.path("connected").asBoolean() ? "connected " : "not connected, ")
                            + times.of(stream.path("since")));
        }
        return fields;
    }

    /** The failed call in words, with the exchange's own. */
    static String failure(JsonNode failure) {
        return text(failure, "reason") + ": " + text(failure, "message");
    }

    private String loss(JsonNode loss) {
        return text(loss, "cause") + ", last known alive " + times.of(loss.path("lastKnownAlive"))
                + (loss.path("recoveredAt").isTextual()
                        ? ", another key " + times.of(loss.path("recoveredAt"))
                        : ", no other key yet");
    }

    Fields explanation(JsonNode explanation) {
        JsonNode next = explanation.path("next");
        Fields fields = new Fields()
                .add("account", text(explanation, "account"))
                .add("status", text(explanation, "status"))
                .add("replica", explanation.path("replica").asText(""))
                .add("why", text(explanation, "why"))
                .add("deadline", times.of(explanation.path("expiresAt")));
        addSentences("happened", explanation.path("happened"), fields);
        fields.add("next", text(next, "kind") + " " + times.of(next.path("at")) + ": " + text(next, "why"));
        addSentences("to do", explanation.path("advice"), fields);
        return fields;
    }

    private static void addSentences(String name, JsonNode sentences, Fields fields) {
        for (int i = 0; i < sentences.size(); i++) {
            fields.add(
                    sentences.size() == 1 ? name : name + " " + (i + 1),
                    sentences.path(i).asText());
        }
    }

    /** The whole fleet. */
    Fields status(JsonNode status, String address) {
        List<String> counts = new ArrayList<>();
        status.path("leases").properties().forEach(count -> {
            if (count.getValue().asInt() > 0) {
                counts.add(count.getValue().asText() + " " + count.getKey());
            }
        });
        JsonNode gate = status.path("gate");
        JsonNode budget = status.path("budget");
        JsonNode outage = status.path("survivableOutageSeconds");
        return new Fields()
                .add(
                        "daemon",
                        address + ", version " + text(status, "version") + ", up "
                                + TimeText.span(Duration.ofSeconds(
                                        status.path("uptimeSeconds").asLong())))
                .add("leases", counts.isEmpty() ? "none" : String.join(", ", counts))
                .add("nearest deadline", times.of(status.path("nearestExpiration")))
                .add("survives", outage.isNumber() ? "an outage of " + span(outage) : TimeText.NONE)
                .add("last success", times.of(status.path("lastSuccessAt")))
                .add(
                        "calls",
                        gate.path("open").asBoolean()
                                ? "may leave"
                                : "paused, " + text(gate, "reason") + ", ends " + times.of(gate.path("closedUntil")))
                .add(
                        "weight",
                        text(budget, "weightUsed") + " of " + text(budget, "weightLimit") + " used in "
                                + span(budget.path("windowSeconds")))
                .add("store", status.path("storeWritable").asBoolean() ? "writable" : "can't be written");
    }

    /** The raw key. */
    Fields key(JsonNode key) {
        return new Fields()
                .add("account", text(key, "account"))
                .add("listen key", text(key, "listenKey"))
                .add("generation", text(key, "generation"))
                .add("deadline", times.of(key.path("expiresAt")))
                .add("stream", text(key, "streamUrl"));
    }

    private static String span(JsonNode seconds) {
        return TimeText.span(Duration.ofNanos((long) (seconds.asDouble() * SECOND_NANOS)));
    }

    private static String words(JsonNode list) {
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(word.asText()));
        return String.join(", ", words);
    }

    private static String text(JsonNode object, String member) {
        JsonNode value = object.path(member);
        return value.isNull() || value.isMissingNode() ? TimeText.NONE : value.asText();
    }
}
