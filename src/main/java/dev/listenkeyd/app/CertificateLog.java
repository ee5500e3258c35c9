package dev.listenkeyd.app;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Logs when a certificate was replaced. Quarkus logs each time that it reads the files. */
@Singleton
final class CertificateLog {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    private static final String DEFAULT = "<default>";

    /** By the name of the TLS configuration. */
    private final Map<String, List<Certificate>> known = new ConcurrentHashMap<>();

    void begin(@Observes StartupEvent event, TlsConfigurationRegistry registry) throws KeyStoreException {
        TlsConfiguration api = registry.getDefault().orElse(null);
        if (api != null) {
            known.put(DEFAULT, certificates(api));
        }
    }

    void readAgain(@Observes CertificateUpdatedEvent event) throws KeyStoreException {
        List<Certificate> now = certificates(event.tlsConfiguration());
        List<Certificate> before = known.put(event.name(), now);
        if (before != null && !before.equals(now)) {
            LOG.info("a certificate for HTTPS was replaced; new connections use the new one");
        }
    }

    /** The server's own certificates, and the trusted ones. */
    private static List<Certificate> certificates(TlsConfiguration tls) throws KeyStoreException {
        List<Certificate> certificates = new ArrayList<>();
        for (KeyStore store : new KeyStore[] {tls.getKeyStore(), tls.getTrustStore()}) {
            if (store != null) {
                for (String alias : Collections.list(store.aliases())) {
                    certificates.add(store.getCertificate(alias));
                }
            }
        }
        return certificates;
    }
}
