/**
 * The encryption of secrets in the store. Start at {@link dev.listenkeyd.secrets.SecretCipher}, which describes the form of
 * an encrypted secret; {@link dev.listenkeyd.secrets.KeySource} finds the keys.
 */
@NullMarked
package dev.listenkeyd.secrets;

import org.jspecify.annotations.NullMarked;
