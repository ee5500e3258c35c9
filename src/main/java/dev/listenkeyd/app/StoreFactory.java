package dev.listenkeyd.app;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SharedStore;
import dev.listenkeyd.secrets.KeySource;
import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.Identity;
import dev.listenkeyd.store.PostgresStore;
import dev.listenkeyd.store.SqliteStore;
import dev.listenkeyd.store.Store;
import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.arc.InjectableInstance;
import io.quarkus.flyway.runtime.FlywayContainerProducer;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.Set;

/** Makes the store that the settings name. The data source of the other one is inactive, and is not asked for. */
@Singleton
class StoreFactory {
    private static final String FILE = "sqlite";
    private static final String DATABASE = "postgresql";

    private final Settings settings;
    private final SecureRandom random;

    StoreFactory(Settings settings, SecureRandom random) {
        this.settings = settings;
        this.random = random;
    }

    @Produces
    @Singleton
    Store store(
            @DataSource(FILE) InjectableInstance<AgroalDataSource> file,
            @DataSource(DATABASE) InjectableInstance<AgroalDataSource> database,
            FlywayContainerProducer flyway) {
        SharedStore shared = settings.sharedStore();
        return shared == null
                ? sqlite(file.get(), migration(flyway, file.get(), FILE))
                : postgres(shared, database.get(), migration(flyway, database.get(), DATABASE));
    }

    /** Flyway is made when something is to be migrated, which the store knows before. Quarkus' own beans would make it at each start. */
    private static Runnable migration(FlywayContainerProducer flyway, AgroalDataSource dataSource, String name) {
        return () -> flyway.createFlyway(dataSource, name, true, true, Set.of())
                .getFlyway()
                .migrate();
    }

    private Store sqlite(AgroalDataSource dataSource, Runnable migration) {
        KeySource keys = new KeySource(settings.storeFile(), settings.secrets().keys(), random);
        return new SqliteStore(settings.storeFile(), keys, dataSource, migration, random);
    }

    private Store postgres(SharedStore shared, AgroalDataSource dataSource, Runnable migration) {
        SecretKeys keys = Objects.requireNonNull(settings.secrets().keys(), "a shared store needs a key");
        String id = shared.replica() + "-" + Long.toHexString(random.nextLong());
        Identity identity = new Identity(id, shared.replica(), shared.replicaTtl());
        return new PostgresStore(shared.name(), keys, dataSource, migration, random, identity);
    }
}
