/**
 * Files that the operator names in settings: how they are read safely, what tells that they have changed, and who else may
 * write them. Start at {@link dev.listenkeyd.files.SettingsFile}.
 */
@NullMarked
package dev.listenkeyd.files;

import org.jspecify.annotations.NullMarked;
