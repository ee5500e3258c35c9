/**
 * Files that settings name: reading them safely, noticing changes, and checking their permissions. Start at {@link dev.listenkeyd.files.SettingsFile}.
 */
@NullMarked
package dev.listenkeyd.files;

import org.jspecify.annotations.NullMarked;
