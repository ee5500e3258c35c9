package dev.listenkeyd.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates that sign themselves, made by the JDK's own keytool: each as key store, certificate and key. */
public final class Certificates {
    private static final char[] PASSWORD = "no-secret".toCharArray();
    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private final Path folder;

    public Certificates(Path folder) {
        this.folder = folder;
    }

    public Path certificate(String name) {
        return folder.resolve(name + ".crt");
    }

    public Path key(String name) {
        return folder.resolve(name + ".key");
    }

    public void make(String name) throws IOException, GeneralSecurityException {
        Path store = folder.resolve(name + ".p12");
        Path keytool = Path.of(System.getProperty("java.home", ""), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        // Half of the time of so short a process goes into compiling.
                        "-J-XX:TieredStopAtLevel=1",
                        "-J-XX:+UseSerialGC",
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(process.exitValue())
                .as(() -> "keytool, " + folder.resolve(name + ".log"))
                .isZero();
        KeyStore keys = load(name);
        write(certificate(name), "CERTIFICATE", keys.getCertificate("it").getEncoded());
        write(
                key(name),
                "PRIVATE KEY",
                Objects.requireNonNull(keys.getKey("it", PASSWORD)).getEncoded());
    }

    /** A client that trusts one server and shows one certificate, or none. */
    public HttpClient client(String trusted, String shown) throws IOException, GeneralSecurityException {
        return HttpClient.newBuilder()
                .sslContext(context(trusted, shown))
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }

    /** Trusts one server and shows one certificate, or none. */
    public SSLContext context(String trusted, String shown) throws IOException, GeneralSecurityException {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("server", load(trusted).getCertificate("it"));
        TrustManagerFactory trusting = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusting.init(trust);
        KeyManagerFactory showing = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        showing.init(shown.isEmpty() ? null : load(shown), PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(showing.getKeyManagers(), trusting.getTrustManagers(), new SecureRandom());
        return context;
    }

    private KeyStore load(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    private static void write(Path file, String what, byte[] encoded) throws IOException {
        Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n" + PEM.encodeToString(encoded) + "\n-----END " + what + "-----\n");
    }
}
