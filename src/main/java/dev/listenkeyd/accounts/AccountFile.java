package dev.listenkeyd.accounts;

import dev.listenkeyd.files.FileStamp;
import dev.listenkeyd.lease.Secret;
import org.jspecify.annotations.Nullable;

/**
 * A file of the folder as one reading found it. Two equal readings mean that it is complete.
 *
 * @param stamp null when the file was not looked at, or its attributes can't be read
 * @param apiKey null when there is a problem
 * @param problem continues a sentence that begins with the file; null when there is an API key
 */
record AccountFile(
        @Nullable FileStamp stamp,
        @Nullable Secret apiKey,
        @Nullable String problem) {}
