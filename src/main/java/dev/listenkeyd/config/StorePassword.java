package dev.listenkeyd.config;

import dev.listenkeyd.files.SettingsFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The password of the shared store: any text, also a long token that is renewed in its file. Printed as {@code ***}. */
public final class StorePassword {
    private static final int MOST_BYTES = 16_384;

    private final @Nullable String text;
    private final @Nullable Path file;

    private StorePassword(@Nullable String text, @Nullable Path file) {
        this.text = text;
        this.file = file;
    }

    static StorePassword of(String text) {
        return new StorePassword(text, null);
    }

    /** @throws IllegalArgumentException when the file can't be read, or holds nothing */
    static StorePassword in(Path file) {
        StorePassword password = new StorePassword(null, file);
        password.reveal();
        return password;
    }

    /**
     * The password as it is now. One line end at the end of a file is not part of it.
     *
     * @throws IllegalArgumentException when its file can't be read, or holds nothing; the message repeats nothing of it
     */
    public String reveal() {
        if (file == null) {
            return String.valueOf(text);
        }
        String content = new String(SettingsFile.read(file, MOST_BYTES), StandardCharsets.UTF_8);
        if (content.isBlank()) {
            throw new IllegalArgumentException("holds no password");
        }
        return content.replaceFirst("\\R\\z", "");
    }

    @Override
    public String toString() {
        return "***";
    }
}
