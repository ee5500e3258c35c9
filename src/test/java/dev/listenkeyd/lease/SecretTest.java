package dev.listenkeyd.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.registration.RegistrationRequest;
import java.io.Serializable;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
    private static final String VALUE = "aPiKeYmArK0123456789aPiKeYmArK";
    private static final Secret SECRET = new Secret(VALUE);

    @Test
    void whateverPrintsItPrintsStars() {
        Instant now = Instant.EPOCH;
        Registration registration = new Registration("main", SECRET, OnLoss.RECREATE, "bot", now);
        ListenKey key = new ListenKey(SECRET, now, now, now);

        for (Object holder : List.of(
                SECRET,
                List.of(SECRET),
                Map.of("key", SECRET),
                Optional.of(SECRET),
                registration,
                key,
                new Lease(registration, 1, key, new LeaseState.Active(now), null, null, 1),
                new Confirmed(now, SECRET, null),
                new RegistrationRequest("main", SECRET, true, SECRET, OnLoss.RECREATE, "bot", "bot"))) {
            assertThat(holder + String.format(" %s %10s", holder, holder))
                    .contains("***")
                    .doesNotContain(VALUE);
        }
    }

    @Test
    void noJsonIsMadeOfIt() throws JsonProcessingException {
        assertThatThrownBy(() -> new JsonMapper().writeValueAsString(SECRET))
                .isInstanceOf(InvalidDefinitionException.class)
                .hasMessageNotContaining(VALUE);
        JsonMapper lenient = JsonMapper.builder()
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .build();
        assertThat(lenient.writeValueAsString(SECRET)).isEqualTo("{}");
        assertThat(SECRET).isNotInstanceOf(Serializable.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {VALUE + " ", "\n" + VALUE, VALUE + "\u00e9", ""})
    void whatIsNoneIsNotRepeated(String value) {
        assertThatThrownBy(() -> new Secret(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(VALUE);
    }

    /** Others hold it as a {@link Secret}, whose own form is masked. */
    @Test
    void onlyTheseRecordsHoldAKeyAsText() {
        List<String> found = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.listenkeyd").stream()
                        .filter(JavaClass::isRecord)
                        .map(JavaClass::reflect)
                        .flatMap(type -> Arrays.stream(type.getRecordComponents())
                                .filter(part -> part.getType() == String.class || part.getType() == byte[].class)
                                .filter(part -> part.getName().matches("(?i).*(key|token|secret|password).*"))
                                .map(part -> type.getSimpleName() + "." + part.getName()))
                        .sorted()
                        .toList();

        // AccountOrKey describes arguments and is never made. Those of the API and of the command line have a
        // toString()
        // of their own. The last one belongs to the sandbox and its demo key.
        assertThat(found)
                .containsExactly(
                        "AccountOrKey.listenKey",
                        "Endpoint.token",
                        "KeyView.listenKey",
                        "RegisterRequest.apiKey",
                        "RegisterRequest.listenKey",
                        "Trouble.apiKey");
    }
}
