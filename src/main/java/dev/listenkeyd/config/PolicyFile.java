package dev.listenkeyd.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.listenkeyd.encoding.StrictJson;
import dev.listenkeyd.files.FileStamp;
import dev.listenkeyd.files.SettingsFile;
import dev.listenkeyd.policy.Policy;
import dev.listenkeyd.policy.PolicyReader;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A policy, and the file that it was read from.
 *
 * @param stamp of the file when it was looked at last; null when it could not be read then
 */
public record PolicyFile(Path path, @Nullable FileStamp stamp, Policy policy) {
    public static final int MAX_BYTES = 64 * 1024;

    /** @throws IllegalArgumentException naming everything that is wrong with it */
    public static PolicyFile read(Path path) {
        // The stamp comes first: a change during the read is noticed the next time.
        return new PolicyFile(path, FileStamp.of(path), policy(path));
    }

    public PolicyFile lookedAt(@Nullable FileStamp later) {
        return new PolicyFile(path, later, policy);
    }

    private static Policy policy(Path path) {
        try {
            return PolicyReader.read(
                    StrictJson.MAPPER.readValue(SettingsFile.readTrusted(path, MAX_BYTES), Object.class));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is " + StrictJson.describe(e));
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory can't be read", e);
        } catch (PolicyReader.Invalid e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
