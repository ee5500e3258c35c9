package dev.listenkeyd.app;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SharedStore;
import io.quarkus.arc.Unremovable;
import io.quarkus.credentials.CredentialsProvider;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;

/** User and password of the shared store, asked for with each new connection: a file with another password is noticed. */
@Singleton
@Unremovable
@Named("store")
class StoreCredentials implements CredentialsProvider {
    private final Settings settings;

    StoreCredentials(Settings settings) {
        this.settings = settings;
    }

    /** @throws IllegalArgumentException when the password's file can't be read; the message repeats nothing of it */
    @Override
    public Map<String, String> getCredentials(String provider) {
        Map<String, String> credentials = new HashMap<>();
        SharedStore store = settings.sharedStore();
        if (store != null) {
            if (store.user() != null) {
                credentials.put(USER_PROPERTY_NAME, store.user());
            }
            if (store.password() != null) {
                credentials.put(PASSWORD_PROPERTY_NAME, store.password().reveal());
            }
        }
        return credentials;
    }
}
