/**
 * Reads and checks every setting, and reports all violations at once; no message quotes a value that may be secret. Start
 * at {@link dev.listenkeyd.config.SettingsReader}.
 */
@NullMarked
package dev.listenkeyd.config;

import org.jspecify.annotations.NullMarked;
