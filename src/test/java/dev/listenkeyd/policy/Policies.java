package dev.listenkeyd.policy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.policy.PolicyReader.Invalid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Policies of tests, written as people write them; {@code '} stands for {@code "}. */
final class Policies {
    static final String RENEW = "BinanceOptionsRenewListenKey";
    static final String CREATE = "BinanceOptionsCreateListenKey";
    static final String DELETE = "BinanceOptionsDeleteListenKey";
    static final String STATUS = "BinanceOptionsListenKeyStatus";
    static final String EXPLAIN = "BinanceOptionsListenKeyExplain";
    static final String WHAT_IF = "BinanceOptionsListenKeyWhatIf";

    private static final Path SHIPPED = Path.of("deploy/policies");

    private Policies() {}

    static Policy of(String json) {
        try {
            return parse(json);
        } catch (Invalid e) {
            throw new AssertionError(e);
        }
    }

    static Policy parse(String json) throws Invalid {
        return read(json.replace('\'', '"'));
    }

    static Policy shipped(String file) throws Invalid, IOException {
        return read(Files.readString(SHIPPED.resolve(file)));
    }

    private static Policy read(String json) throws Invalid {
        try {
            return PolicyReader.read(new ObjectMapper().readValue(json, Object.class));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** One tool, allowed, with these limits. */
    static Policy limited(String limits) {
        return of("{'version':'1','tools':{'" + RENEW + "':{'limits':[" + limits + "]}}}");
    }

    static String limit(String counter, String window, int max, String scope) {
        return "{'counter':'%s','window':'%s','max':%d,'scope':'%s'}".formatted(counter, window, max, scope);
    }
}
