package dev.listenkeyd.app;

import dev.listenkeyd.renewal.LeaseBook;
import dev.listenkeyd.store.SecretCipher;
import dev.listenkeyd.store.SqliteLeaseStore;
import dev.listenkeyd.store.StoreWriter;
import io.agroal.api.AgroalDataSource;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;

/** The store and what it holds, put together once. */
@Singleton
final class StoreAssembly {

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
    LeaseBook book(AgroalDataSource dataSource, StoreWriter writer, SecretCipher cipher) {
        return new LeaseBook(new SqliteLeaseStore(dataSource, writer, cipher), System::nanoTime);
    }
}
