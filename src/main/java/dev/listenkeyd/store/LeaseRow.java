package dev.listenkeyd.store;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
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
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A lease as a row, both ways. */
final class LeaseRow {

    /** In the order in which {@link #bind} binds them. */
    static final List<String> COLUMNS = List.of(
            "on_loss",
            "holders",
            "api_key",
            "generation",
            "listen_key",
            "last_success_at",
            "confirmed_at",
            "expires_at",
            "state",
            "next_attempt_at",
            "failures",
            "state_since",
            "adopted_key",
            "failure_at",
            "failure_reason",
            "failure_http_status",
            "failure_code",
            "failure_message",
            "loss_cause",
            "lost_at",
            "recovered_at",
            "lost_fingerprint",
            "version",
            "account",
            "registered_at");

    /** Between a holder and its client; in no name of either. */
    private static final String CLIENT = "@";

    private static final String BETWEEN_HOLDERS = ",";

    private final PreparedStatement statement;
    private final SecretCipher cipher;
    private final String account;
    private int column;

    private LeaseRow(PreparedStatement statement, SecretCipher cipher, String account) {
        this.statement = statement;
        this.cipher = cipher;
        this.account = account;
    }

    /** Binds all columns of the lease to the first parameters of the statement. */
    static void bind(PreparedStatement statement, Lease lease, SecretCipher cipher) throws SQLException {
        LeaseRow row = new LeaseRow(statement, cipher, lease.account());
        Registration registration = lease.registration();
        row.put(registration.onLoss().name());
        row.put(registration.clients().entrySet().stream()
                .map(holder -> holder.getKey() + CLIENT + holder.getValue())
                .collect(Collectors.joining(BETWEEN_HOLDERS)));
        row.putSecret(SecretColumn.API_KEY, registration.apiKey());
        row.put(lease.generation());
        row.putKey(lease.key());
        row.putState(lease.state());
        row.putFailure(lease.lastFailure());
        row.putLoss(lease.lastLoss());
        row.put(lease.version());
        row.put(lease.account());
        row.put(registration.registeredAt());
    }

    private void putKey(@Nullable ListenKey key) throws SQLException {
        putSecret(SecretColumn.LISTEN_KEY, key == null ? null : key.value());
        put(key == null ? null : key.lastSuccessAt());
        put(key == null ? null : key.confirmedAt());
        put(key == null ? null : key.expiresAt());
    }

    private void putState(LeaseState state) throws SQLException {
        put(state.getClass().getSimpleName());
        put(state.nextAttemptAt());
        put(state.failures());
        put(since(state));
        putSecret(SecretColumn.ADOPTED_KEY, state instanceof Pending pending ? pending.adopted() : null);
    }

    private void putFailure(@Nullable Failure failure) throws SQLException {
        put(failure == null ? null : failure.at());
        put(failure == null ? null : failure.reason().name());
        put(failure == null ? null : failure.httpStatus());
        put(failure == null ? null : failure.code());
        put(failure == null ? null : failure.message());
    }

    private void putLoss(@Nullable Loss loss) throws SQLException {
        put(loss == null ? null : loss.cause().name());
        put(loss == null ? null : loss.lostAt());
        put(loss == null ? null : loss.recoveredAt());
        put(loss == null ? null : loss.fingerprint());
    }

    private void putSecret(SecretColumn place, @Nullable Secret secret) throws SQLException {
        put(cipher.encrypt(account, place, secret));
    }

    private void put(@Nullable Object value) throws SQLException {
        statement.setObject(++column, value instanceof Instant instant ? (Object) instant.toEpochMilli() : value);
    }

    private static @Nullable Instant since(LeaseState state) {
        if (state instanceof Retrying retrying) {
            return retrying.since();
        }
        if (state instanceof Recovering recovering) {
            return recovering.at();
        }
        return state instanceof Lost lost ? lost.at() : null;
    }

    /**
     * The row that the result set stands on.
     *
     * @throws IllegalArgumentException for one that can't be read
     */
    static Lease read(ResultSet row, SecretCipher cipher) throws SQLException {
        Registration registration = new Registration(
                row.getString("account"),
                secret(row, SecretColumn.API_KEY, cipher),
                OnLoss.valueOf(row.getString("on_loss")),
                holders(row.getString("holders")),
                instant(row, "registered_at"));
        return new Lease(
                registration,
                row.getInt("generation"),
                key(row, cipher),
                state(row, cipher),
                failure(row),
                loss(row),
                row.getLong("version"));
    }

    private static SortedMap<String, String> holders(String column) {
        SortedMap<String, String> clients = new TreeMap<>();
        for (String holder : column.split(BETWEEN_HOLDERS, -1)) {
            int end = holder.indexOf(CLIENT);
            if (end < 0) {
                throw new IllegalArgumentException("a holder without a client");
            }
            clients.put(holder.substring(0, end), holder.substring(end + 1));
        }
        return clients;
    }

    private static @Nullable Secret secret(ResultSet row, SecretColumn place, SecretCipher cipher) throws SQLException {
        return cipher.decrypt(row.getString("account"), place, row.getBytes(place.column()));
    }

    private static @Nullable ListenKey key(ResultSet row, SecretCipher cipher) throws SQLException {
        Secret value = secret(row, SecretColumn.LISTEN_KEY, cipher);
        return value == null
                ? null
                : new ListenKey(
                        value,
                        instant(row, "last_success_at"),
                        instantOrNull(row, "confirmed_at"),
                        instant(row, "expires_at"));
    }

    private static LeaseState state(ResultSet row, SecretCipher cipher) throws SQLException {
        int failures = row.getInt("failures");
        String state = row.getString("state");
        return switch (state) {
            case "Pending" ->
                new Pending(instant(row, "next_attempt_at"), failures, secret(row, SecretColumn.ADOPTED_KEY, cipher));
            case "Active" -> new Active(instant(row, "next_attempt_at"));
            case "Retrying" -> new Retrying(instant(row, "next_attempt_at"), failures, instant(row, "state_since"));
            case "Recovering" -> new Recovering(instant(row, "next_attempt_at"), failures, instant(row, "state_since"));
            case "Lost" -> new Lost(instant(row, "state_since"));
            default -> throw new IllegalArgumentException("unknown state " + state);
        };
    }

    private static @Nullable Failure failure(ResultSet row) throws SQLException {
        String reason = row.getString("failure_reason");
        return reason == null
                ? null
                : new Failure(
                        instant(row, "failure_at"),
                        Failure.Reason.valueOf(reason),
                        (Integer) row.getObject("failure_http_status"),
                        (Integer) row.getObject("failure_code"),
                        row.getString("failure_message"));
    }

    private static @Nullable Loss loss(ResultSet row) throws SQLException {
        String cause = row.getString("loss_cause");
        return cause == null
                ? null
                : new Loss(
                        LossCause.valueOf(cause),
                        instant(row, "lost_at"),
                        instantOrNull(row, "recovered_at"),
                        row.getString("lost_fingerprint"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return Instant.ofEpochMilli(row.getLong(column));
    }

    private static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
