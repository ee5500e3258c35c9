/**
 * The folder of accounts: a file for each account, its name the account, its content the API key. Start at {@link
 * dev.listenkeyd.accounts.AccountsFolder}; {@link dev.listenkeyd.accounts.FolderState} and {@link
 * dev.listenkeyd.accounts.AccountsPlan} decide.
 */
@NullMarked
package dev.listenkeyd.accounts;

import org.jspecify.annotations.NullMarked;
