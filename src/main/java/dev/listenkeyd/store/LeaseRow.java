package dev.listenkeyd.store;

import static dev.listenkeyd.store.Column.count;
import static dev.listenkeyd.store.Column.instant;
import static dev.listenkeyd.store.Column.instantOrNull;
import static dev.listenkeyd.store.Column.integerOrNull;
import static dev.listenkeyd.store.Column.number;
import static dev.listenkeyd.store.Column.text;
import static dev.listenkeyd.store.Column.word;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Paused;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretColumn;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A lease as a row of the table {@code lease}, both ways. */
final class LeaseRow {
    private static final String PENDING = "PENDING";
    private static final String ACTIVE = "ACTIVE";
    private static final String RETRYING = "RETRYING";
    private static final String RECOVERING = "RECOVERING";
    private static final String LOST = "LOST";

    /** Between a holder and its client; no name of either contains it. */
    private static final String CLIENT = "@";

    private static final String BETWEEN_HOLDERS = ",";

    private LeaseRow() {}

    /** Columns that depend on the kind of the state. */
    private record StateColumns(
            String word, @Nullable Instant since, @Nullable Secret adopted) {}

    private static final LeaseState.Visitor<StateColumns> COLUMNS_OF_STATE = new LeaseState.Visitor<>() {
        @Override
        public StateColumns pending(Pending state) {
            return new StateColumns(PENDING, null, state.adopted());
        }

        @Override
        public StateColumns active(Active state) {
            return new StateColumns(ACTIVE, null, null);
        }

        @Override
        public StateColumns retrying(Retrying state) {
            return new StateColumns(RETRYING, state.since(), null);
        }

        @Override
        public StateColumns recovering(Recovering state) {
            return new StateColumns(RECOVERING, state.at(), null);
        }

        @Override
        public StateColumns lost(Lost state) {
            return new StateColumns(LOST, state.at(), null);
        }

        @Override
        public StateColumns paused(Paused state) {
            return state.suspended().accept(this);
        }
    };

    /** All columns of the lease with their values, always in the same order. */
    static Map<String, @Nullable Object> columns(Lease lease, SecretCipher cipher) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        Registration registration = lease.registration();
        row.put("account", lease.account());
        row.put("registered_at", registration.registeredAt());
        row.put("version", lease.version());
        row.put("on_loss", registration.onLoss().name());
        row.put("holders", holders(registration.clients()));
        putSecret(row, lease, SecretColumn.API_KEY, registration.apiKey(), cipher);

        putKey(row, lease, cipher);
        StateColumns state = lease.state().accept(COLUMNS_OF_STATE);
        row.put("state", state.word());
        row.put("next_attempt_at", lease.state().unpaused().nextAttemptAt());
        row.put("failures", lease.state().failures());
        row.put("state_since", state.since());
        putSecret(row, lease, SecretColumn.ADOPTED_KEY, state.adopted(), cipher);
        AccountPause pause = lease.pause();
        row.put("pause_since", pause == null ? null : pause.since());
        row.put("pause_until", pause == null ? null : pause.until());
        row.put("pause_reason", pause == null ? null : pause.reason());

        Failure failure = lease.lastFailure();
        row.put("failure_at", failure == null ? null : failure.at());
        row.put("failure_reason", failure == null ? null : failure.reason().name());
        row.put("failure_http_status", failure == null ? null : failure.httpStatus());
        row.put("failure_code", failure == null ? null : failure.code());
        row.put("failure_message", failure == null ? null : failure.message());

        putLoss(row, lease.lastLoss());
        return row;
    }

    private static void putLoss(Map<String, @Nullable Object> row, @Nullable Loss loss) {
        row.put("loss_seq", loss == null ? null : loss.seq());
        row.put("loss_cause", loss == null ? null : loss.cause().name());
        row.put("lost_at", loss == null ? null : loss.lostAt());
        row.put("loss_noticed_at", loss == null ? null : loss.noticedAt());
        row.put("recovered_at", loss == null ? null : loss.recoveredAt());
        row.put("lost_fingerprint", loss == null ? null : loss.fingerprint());
        row.put("new_fingerprint", loss == null ? null : loss.newFingerprint());
    }

    private static void putKey(Map<String, @Nullable Object> row, Lease lease, SecretCipher cipher) {
        ListenKey key = lease.key();
        putSecret(row, lease, SecretColumn.LISTEN_KEY, key == null ? null : key.value(), cipher);
        row.put("generation", lease.generation());
        row.put("last_success_at", key == null ? null : key.lastSuccessAt());
        row.put("confirmed_at", key == null ? null : key.confirmedAt());
        row.put("checked_at", key == null ? null : key.checkedAt());
        row.put("expires_at", key == null ? null : key.expiresAt());
    }

    private static void putSecret(
            Map<String, @Nullable Object> row,
            Lease lease,
            SecretColumn column,
            @Nullable Secret secret,
            SecretCipher cipher) {
        row.put(column.column(), cipher.encrypt(lease.account(), column, secret));
    }

    /** @throws IllegalArgumentException for a row that can't be read; the message names its account */
    static Lease read(ResultSet row, SecretCipher cipher) throws SQLException {
        return Column.read(row, same -> lease(same, cipher));
    }

    private static Lease lease(ResultSet row, SecretCipher cipher) throws SQLException {
        String account = text(row, "account");
        Registration registration = new Registration(
                account,
                secret(row, account, SecretColumn.API_KEY, cipher),
                word(row, "on_loss", OnLoss.class),
                clients(row),
                instant(row, "registered_at"));
        LeaseState state = state(row, account, cipher);
        Instant pausedUntil = instantOrNull(row, "pause_until");
        return new Lease(
                registration,
                count(row, "generation"),
                key(row, account, cipher),
                pausedUntil == null
                        ? state
                        : new Paused(
                                new AccountPause(instant(row, "pause_since"), pausedUntil, text(row, "pause_reason")),
                                state),
                failure(row),
                loss(row),
                number(row, "version"));
    }

    private static @Nullable Secret secret(ResultSet row, String account, SecretColumn column, SecretCipher cipher)
            throws SQLException {
        return cipher.decrypt(account, column, row.getBytes(column.column()));
    }

    private static @Nullable ListenKey key(ResultSet row, String account, SecretCipher cipher) throws SQLException {
        Secret value = secret(row, account, SecretColumn.LISTEN_KEY, cipher);
        return value == null
                ? null
                : new ListenKey(
                        value,
                        instant(row, "last_success_at"),
                        instantOrNull(row, "confirmed_at"),
                        instantOrNull(row, "checked_at"),
                        instant(row, "expires_at"));
    }

    private static LeaseState state(ResultSet row, String account, SecretCipher cipher) throws SQLException {
        int failures = count(row, "failures");
        return switch (text(row, "state")) {
            case PENDING ->
                new Pending(
                        instant(row, "next_attempt_at"),
                        failures,
                        secret(row, account, SecretColumn.ADOPTED_KEY, cipher));
            case ACTIVE -> new Active(instant(row, "next_attempt_at"));
            case RETRYING -> new Retrying(instant(row, "next_attempt_at"), failures, instant(row, "state_since"));
            case RECOVERING -> new Recovering(instant(row, "next_attempt_at"), failures, instant(row, "state_since"));
            case LOST -> new Lost(instant(row, "state_since"));
            default -> throw Column.damaged(row, "state", "is not known to this version");
        };
    }

    private static @Nullable Failure failure(ResultSet row) throws SQLException {
        return row.getString("failure_reason") == null
                ? null
                : new Failure(
                        instant(row, "failure_at"),
                        word(row, "failure_reason", Failure.Reason.class),
                        integerOrNull(row, "failure_http_status"),
                        integerOrNull(row, "failure_code"),
                        text(row, "failure_message"));
    }

    private static @Nullable Loss loss(ResultSet row) throws SQLException {
        return row.getString("loss_cause") == null
                ? null
                : new Loss(
                        number(row, "loss_seq"),
                        word(row, "loss_cause", LossCause.class),
                        instant(row, "lost_at"),
                        instant(row, "loss_noticed_at"),
                        instantOrNull(row, "recovered_at"),
                        text(row, "lost_fingerprint"),
                        row.getString("new_fingerprint"));
    }

    private static String holders(Map<String, String> clients) {
        return clients.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(holder -> holder.getKey() + CLIENT + holder.getValue())
                .collect(Collectors.joining(BETWEEN_HOLDERS));
    }

    private static Map<String, String> clients(ResultSet row) throws SQLException {
        Map<String, String> clients = new HashMap<>();
        for (String holder : text(row, "holders").split(BETWEEN_HOLDERS, -1)) {
            int end = holder.indexOf(CLIENT);
            if (end < 0) {
                throw Column.damaged(row, "holders", "have one without a client");
            }
            String name = holder.substring(0, end);
            String client = holder.substring(end + 1);
            // One text for both: most holders have their client's name.
            clients.put(name, client.equals(name) ? name : client);
        }
        return clients;
    }
}
