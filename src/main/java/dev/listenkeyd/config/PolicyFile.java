package dev.listenkeyd.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
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

    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build()
            .readerFor(Object.class);

    /** @throws IllegalArgumentException naming everything that is wrong with it */
    public static PolicyFile read(Path path) {
        // Looked at before it is read: what is written meanwhile is read the next time.
        return new PolicyFile(path, FileStamp.of(path), policy(path));
    }

    public PolicyFile lookedAt(@Nullable FileStamp later) {
        return new PolicyFile(path, later, policy);
    }

    private static Policy policy(Path path) {
        try {
            return PolicyReader.read(JSON.readValue(SettingsFile.readTrusted(path, MAX_BYTES)));
        } catch (JsonProcessingException e) {
            // Its message quotes the file.
            throw new IllegalArgumentException("is not valid JSON" + where(e.getLocation()));
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory can't be read", e);
        } catch (PolicyReader.Invalid e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String where(@Nullable JsonLocation location) {
        return location == null ? "" : ", see line " + location.getLineNr() + ", column " + location.getColumnNr();
    }
}
