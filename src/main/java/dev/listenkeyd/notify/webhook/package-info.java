/** Calls webhooks over HTTP. Start reading at {@link dev.listenkeyd.notify.webhook.WebhookClient}. */
@NullMarked
package dev.listenkeyd.notify.webhook;

import org.jspecify.annotations.NullMarked;
