package dev.listenkeyd.app;

import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.store.SqliteLeaseStore;
import dev.listenkeyd.store.StoreWriter;
import io.agroal.api.AgroalDataSource;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;

/** The store and what it holds, put together once. */
@Singleton
final class StoreBeans {

    @Produces
    @Singleton
    SecretCipher secretCipher(SecureRandom random) {
        return new SecretCipher(random);
    }

    @Produces
    @Singleton
    StoreWriter storeWriter(AgroalDataSource dataSource) {
        return new StoreWriter(dataSource);
    }

    @Produces
    @Singleton
    LeaseStore leaseStore(AgroalDataSource dataSource, StoreWriter writer, SecretCipher cipher) {
        return new SqliteLeaseStore(dataSource, writer, cipher);
    }
}
