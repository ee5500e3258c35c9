package dev.listenkeyd.binance;

import dev.listenkeyd.binance.ExchangeCalls.Call;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.LimitAnswer;
import dev.listenkeyd.budget.LimitAnswer.Named;
import dev.listenkeyd.budget.LimitAnswer.NotNamed;
import dev.listenkeyd.budget.LimitSource;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseGateway;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import dev.listenkeyd.lease.Secret;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;

/** Calls the exchange by REST, and turns each call into an outcome. */
public final class BinanceGateway implements LeaseGateway, LimitSource {
    private static final int SHARE_PER_CALL = 4;
    private static final Duration UNHURRIED = Duration.ofHours(1);
    private static final int MAX_CAUSES = 10;
    private static final Secret NO_API_KEY = new Secret("none");

    private final ExchangeCalls calls;
    private final ApiKeys apiKeys;
    private final ExchangeGate gate;
    private final InstantSource clock;

    public BinanceGateway(ExchangeCalls calls, ApiKeys apiKeys, ExchangeGate gate, InstantSource clock) {
        this.calls = calls;
        this.apiKeys = apiKeys;
        this.gate = gate;
        this.clock = clock;
    }

    @Override
    public RenewalOutcome extend(Lease lease) {
        return call(Call.EXTEND, lease);
    }

    @Override
    public RenewalOutcome activeKey(Lease lease) {
        return call(Call.ACTIVE_KEY, lease);
    }

    @Override
    public RenewalOutcome close(Lease lease) {
        Instant sentAt = clock.instant();
        RenewalOutcome outcome = call(Call.CLOSE, lease);
        Failure failure = outcome.failed();
        // A key that is closed already counts as closed.
        return failure != null && failure.reason() == Reason.NO_ACTIVE_KEY ? new Renewed(sentAt) : outcome;
    }

    @Override
    public LimitAnswer limit(Duration patience) {
        return send(Call.EXCHANGE_INFO, NO_API_KEY, patience, List.of(), this::limit, NotNamed::new);
    }

    private RenewalOutcome call(Call call, Lease lease) {
        Secret apiKey = apiKeys.of(lease);
        if (apiKey == null) {
            return skipped(Reason.CREDENTIALS_REFUSED, "this account is not configured any more and has no API key");
        }
        ListenKey key = lease.key();
        List<Secret> secrets = key == null ? List.of(apiKey) : List.of(apiKey, key.value());
        RenewalOutcome outcome = send(
                call,
                apiKey,
                patience(lease),
                secrets,
                (reply, sentAt, now) -> ReplyReader.read(call, reply, sentAt, now, secrets),
                unread -> unread);
        Failure failure = outcome.failed();
        if (failure != null && failure.reason() == Reason.CREDENTIALS_REFUSED) {
            apiKeys.refused(lease.account());
        }
        return outcome;
    }

    /** Reads a reply. */
    private interface Reading<T> {
        T of(Reply reply, Instant sentAt, Instant now);
    }

    /** @param unread makes the answer from the outcome when there is no reply */
    private <T> T send(
            Call call,
            Secret apiKey,
            Duration patience,
            List<Secret> secrets,
            Reading<T> reading,
            Function<RenewalOutcome, T> unread) {
        Instant sentAt = clock.instant();
        try {
            Reply reply = calls.send(call, apiKey, patience);
            Instant now = clock.instant();
            UsedWeight used = UsedWeight.of(reply, gate.budget().window(), now);
            if (used != null) {
                gate.observeUsedWeight(used.weight(), used.windowEnds());
            }
            return reading.of(reply, sentAt, now);
        } catch (CircuitBreakerOpenException e) {
            return unread.apply(skipped(Reason.UNREACHABLE, "not called: no call came through lately"));
        } catch (TimeoutException e) {
            return unread.apply(failed(Reason.UNREACHABLE, "no complete reply in time"));
        } catch (IOException | RuntimeException e) {
            // A broken reply makes the HTTP decoder throw NumberFormatException, CodecException and others.
            return unread.apply(failed(Reason.UNREACHABLE, describe(e, secrets)));
        }
    }

    private LimitAnswer limit(Reply reply, Instant sentAt, Instant now) {
        if (reply.status() != 200) {
            return new NotNamed(ReplyReader.read(Call.EXCHANGE_INFO, reply, sentAt, now, List.of()));
        }
        Integer weight = ExchangeInfo.requestWeight(reply.body(), gate.budget().window());
        String message = "an exchangeInfo that names no request weight";
        return weight == null
                ? new NotNamed(new Failed(new Failure(now, Reason.GARBLED, reply.status(), null, message)))
                : new Named(new Renewed(sentAt), weight);
    }

    /** A quarter of the key's remaining time: a call that hangs must leave time for others. */
    private Duration patience(Lease lease) {
        Instant deadline = lease.expiresAt();
        return deadline == null
                ? UNHURRIED
                : Duration.between(clock.instant(), deadline).dividedBy(SHARE_PER_CALL);
    }

    private Failed failed(Reason reason, String message) {
        return new Failed(new Failure(clock.instant(), reason, null, null, message));
    }

    private Skipped skipped(Reason reason, String message) {
        return new Skipped(new Failure(clock.instant(), reason, null, null, message));
    }

    private static String describe(Throwable thrown, List<Secret> secrets) {
        Throwable cause = thrown;
        // The reason why a certificate is refused is the innermost cause.
        for (int depth = 0; depth < MAX_CAUSES && cause.getCause() != null; depth++) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        String name = cause.getClass().getSimpleName();
        return LogSanitizer.of(message == null || message.isBlank() ? name : name + ": " + message, secrets);
    }
}
