package dev.listenkeyd.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which addresses count as one source. */
class SourceAddressTest {
    /** One machine has a whole IPv6 network to itself. */
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "2001:db8:1:2:a:b:c:d, 2001:db8:1:2::/64",
        "2001:db8:1:2:ffff:ffff:ffff:ffff%eth0, 2001:db8:1:2::/64",
        "0:0:0:0:0:0:0:1, 0:0:0:0::/64",
        "::ffff:192.0.2.1, ::ffff:192.0.2.1",
    })
    void theNetworkOfAnAddressCounts(String address, String source) {
        assertThat(SourceAddress.of(address)).isEqualTo(source);
    }
}
