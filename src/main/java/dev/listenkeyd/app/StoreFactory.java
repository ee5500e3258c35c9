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
import io.quarkus.flyway.FlywayDataSource;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.util.Objects;
import org.flywaydb.core.Flyway;

/** Makes the store that the settings name. The data source of the other one is inactive, and is not asked for. */
@Singleton
class StoreFactory {
    private final Settings settings;
    private final SecureRandom random;

    StoreFactory(Settings settings, SecureRandom random) {
        this.settings = settings;
        this.random = random;
    }

    @Produces
    @Singleton
    Store store(
            @DataSource("sqlite") InjectableInstance<AgroalDataSource> file,
            @FlywayDataSource("sqlite") InjectableInstance<Flyway> fileMigration,
            @DataSource("postgresql") InjectableInstance<AgroalDataSource> database,
            @FlywayDataSource("postgresql") InjectableInstance<Flyway> databaseMigration) {
        SharedStore shared = settings.sharedStore();
        return shared == null
                ? sqlite(file.get(), () -> fileMigration.get().migrate())
                : postgres(shared, database.get(), () -> databaseMigration.get().migrate());
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
