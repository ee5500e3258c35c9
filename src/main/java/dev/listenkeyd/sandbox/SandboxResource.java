package dev.listenkeyd.sandbox;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.binance.Product;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.sandbox.SandboxExchange.Trouble;
import dev.listenkeyd.view.UnknownMembers;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/** The stand-in over HTTP; 404 unless the sandbox is on. */
@Path("/sandbox")
@Produces(MediaType.APPLICATION_JSON)
@RegisterForReflection
public class SandboxResource {

    /** The account that the sandbox keeps alive from the start. */
    public static final String DEMO_ACCOUNT = "demo";

    /** The API key of the demo account: no secret, only the stand-in accepts it. */
    public static final String DEMO_API_KEY = "sandbox-demo-api-key";

    /** In place of the API key, for calls that need none. */
    private static final String NO_API_KEY = "none";

    /** The longest that a fault can last. */
    public static final Duration LONGEST_FAULT = Duration.ofHours(1);

    private static final String RETRY_AFTER = "Retry-After";
    private static final List<String> MEMBERS = List.of("kind", "for", "account");
    private static final Duration SLOW = Duration.ofSeconds(30);

    private final boolean enabled;
    private final SandboxExchange exchange;
    private final LeaseRegistry registry;
    private final InstantSource clock;

    SandboxResource(
            @ConfigProperty(name = "listenkeyd.sandbox") boolean enabled,
            SandboxExchange exchange,
            InstantSource clock,
            LeaseRegistry registry) {
        this.enabled = enabled;
        this.exchange = exchange;
        this.registry = registry;
        this.clock = clock;
    }

    @POST
    @Path(Product.PATH + Product.LISTEN_KEY)
    @Operation(hidden = true)
    public Uni<Response> activeKey(@HeaderParam("X-MBX-APIKEY") @Nullable String apiKey, HttpServerRequest request) {
        return answer(apiKey, request, exchange::post);
    }

    @PUT
    @Path(Product.PATH + Product.LISTEN_KEY)
    @Operation(hidden = true)
    public Uni<Response> extend(@HeaderParam("X-MBX-APIKEY") @Nullable String apiKey, HttpServerRequest request) {
        return answer(apiKey, request, exchange::put);
    }

    @DELETE
    @Path(Product.PATH + Product.LISTEN_KEY)
    @Operation(hidden = true)
    public Uni<Response> close(@HeaderParam("X-MBX-APIKEY") @Nullable String apiKey, HttpServerRequest request) {
        return answer(apiKey, request, exchange::delete);
    }

    @GET
    @Path(Product.PATH + Product.EXCHANGE_INFO)
    @Operation(hidden = true)
    public Uni<Response> exchangeInfo(HttpServerRequest request) {
        return answer(NO_API_KEY, request, apiKey -> exchange.limit());
    }

    /**
     * A fault in force, or one that was done once.
     *
     * @param account null for all
     * @param until null for a fault that is done once
     */
    @RegisterForReflection
    record FaultView(
            String kind, @Nullable String account, @Nullable Instant until) {
        static FaultView of(Trouble trouble) {
            return new FaultView(trouble.fault().word(), trouble.account(), trouble.until());
        }
    }

    /** The faults in force. */
    @RegisterForReflection
    record Faults(List<FaultView> items) {}

    /** Starts a fault. */
    @POST
    @RolesAllowed(Scope.WRITE)
    @Path("/faults")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(hidden = true)
    public FaultView fault(@Nullable Map<String, String> body) {
        requireEnabled();
        Map<String, String> wanted = body == null ? Map.of() : body;
        List<String> wrong = UnknownMembers.unknown(wanted.keySet().stream(), MEMBERS);
        if (!wrong.isEmpty()) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, String.join("; ", wrong));
        }
        try {
            Fault fault = Fault.of(wanted.getOrDefault("kind", ""));
            Duration length = length(wanted.getOrDefault("for", "20s"));
            String account = wanted.get("account");
            String apiKey = account == null ? null : apiKeyOf(account);
            if (fault.isDoneOnce()) {
                exchange.doOnce(fault, apiKey);
                return new FaultView(fault.word(), account, null);
            }
            return FaultView.of(exchange.start(fault, account, apiKey, length));
        } catch (IllegalArgumentException e) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    /** Lists the faults in force. */
    @GET
    @RolesAllowed(Scope.READ)
    @Path("/faults")
    @Operation(hidden = true)
    public Faults faults() {
        requireEnabled();
        return new Faults(exchange.troubles().stream().map(FaultView::of).toList());
    }

    /** Ends all faults. */
    @DELETE
    @RolesAllowed(Scope.WRITE)
    @Path("/faults")
    @Operation(hidden = true)
    public void endFaults() {
        requireEnabled();
        exchange.endTroubles();
    }

    private static Duration length(@Nullable String raw) {
        try {
            Duration length = raw == null ? null : DurationConverter.parseDuration(raw);
            if (length != null && !length.isNegative() && length.compareTo(LONGEST_FAULT) <= 0) {
                return length;
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            // Falls through to the message below.
        }
        throw new IllegalArgumentException("for: must be from 0s to " + LONGEST_FAULT.toHours() + "h");
    }

    private String apiKeyOf(String account) {
        Lease lease = registry.find(account);
        if (lease == null) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "account: no such lease");
        }
        Secret own = lease.registration().apiKey();
        return own == null ? DEMO_API_KEY : own.reveal();
    }

    private Uni<Response> answer(@Nullable String apiKey, HttpServerRequest request, Function<String, Reply> call) {
        requireEnabled();
        if (apiKey == null || apiKey.isBlank()) {
            return Uni.createFrom().item(render(Reply.NO_API_KEY));
        }
        Trouble trouble = exchange.trouble(apiKey).orElse(null);
        if (trouble == null) {
            return Uni.createFrom().item(served(call.apply(apiKey)));
        }
        if (trouble.fault() == Fault.DOWN) {
            request.connection().close();
            return Uni.createFrom().nothing();
        }
        if (trouble.fault() == Fault.SLOW) {
            return Uni.createFrom()
                    .item(served(call.apply(apiKey)))
                    .onItem()
                    .delayIt()
                    .by(SLOW);
        }
        return Uni.createFrom().item(render(failure(trouble)));
    }

    private Reply failure(Trouble trouble) {
        Duration left = Duration.between(clock.instant(), trouble.until());
        return switch (trouble.fault()) {
            case UNAVAILABLE -> Reply.UNAVAILABLE;
            case THROTTLED -> Reply.throttled(left.plusSeconds(1));
            case BANNED -> Reply.banned(trouble.until());
            case BLOCKED -> Reply.BLOCKED;
            case GARBLED -> Reply.GARBLED;
            case REFUSED -> Reply.REFUSED;
            case DOWN, SLOW, CLOSE_KEY, ROTATE_KEY ->
                throw new IllegalStateException(trouble.fault() + " has no reply of its own");
        };
    }

    private Response served(Reply reply) {
        return Response.fromResponse(render(reply))
                .header("X-MBX-USED-WEIGHT-1M", exchange.count())
                .build();
    }

    private static Response render(Reply reply) {
        return Response.status(reply.status())
                .type(reply.contentType())
                .header(RETRY_AFTER, reply.headers().get(RETRY_AFTER))
                .entity(reply.body())
                .build();
    }

    private void requireEnabled() {
        if (!enabled) {
            throw new NotFoundException();
        }
    }
}
