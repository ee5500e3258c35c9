package dev.listenkeyd.binance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate authority, by the JDK's own keytool. */
public final class Authority {
    private static final String PASSWORD = "no-secret";
    private static final String TRUST_STORE = "javax.net.ssl.trustStore";
    private static final String TRUST_PASSWORD = "javax.net.ssl.trustStorePassword";

    private final Path keys;
    private final Path trusted;
    private final Path said;

    public Authority(Path folder) throws IOException, GeneralSecurityException {
        keys = folder.resolve("keys.p12");
        trusted = folder.resolve("trusted.p12");
        said = folder.resolve("keytool.log");
        keytool(List.of("-alias", "ca", "-dname", "CN=ca", "-validity", "30", "-ext", "bc:c"));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", load().getCertificate("ca"));
        try (OutputStream out = Files.newOutputStream(trusted)) {
            store.store(out, PASSWORD.toCharArray());
        }
    }

    /** A certificate of this authority, valid now. */
    public Authority sign(String name, String subjectAlternative) throws IOException {
        keytool(arguments(name, subjectAlternative, "-validity", "30", "-signer", "ca"));
        return this;
    }

    /** A certificate of this authority that was valid until yesterday. */
    public Authority signExpired(String name, String subjectAlternative) throws IOException {
        keytool(arguments(name, subjectAlternative, "-startdate", "-3d", "-validity", "2", "-signer", "ca"));
        return this;
    }

    /** A self-signed certificate. */
    public Authority selfSign(String name, String subjectAlternative) throws IOException {
        keytool(arguments(name, subjectAlternative, "-validity", "30"));
        return this;
    }

    /** Sockets of a server with this certificate. */
    public ServerSocketFactory sockets(String name) throws IOException, GeneralSecurityException {
        KeyStore all = load();
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                name,
                Objects.requireNonNull(all.getKey(name, PASSWORD.toCharArray())),
                PASSWORD.toCharArray(),
                all.getCertificateChain(name));
        KeyManagerFactory showing = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        showing.init(own, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(showing.getKeyManagers(), null, new SecureRandom());
        return context.getServerSocketFactory();
    }

    /** Makes this process trust this authority alone, by the JDK's own settings. */
    public void trust() {
        System.setProperty(TRUST_STORE, trusted.toString());
        System.setProperty(TRUST_PASSWORD, PASSWORD);
    }

    public static void trustAsBefore() {
        System.clearProperty(TRUST_STORE);
        System.clearProperty(TRUST_PASSWORD);
    }

    private static List<String> arguments(String name, String subjectAlternative, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("-alias", name, "-dname", "CN=" + name, "-ext", "san=" + subjectAlternative));
        arguments.addAll(List.of(more));
        return arguments;
    }

    private void keytool(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "keytool").toString(),
                // Half of the time of so short a process goes into compiling.
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                keys.toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    }

    private KeyStore load() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }
}
