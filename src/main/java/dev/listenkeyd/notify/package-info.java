/**
 * Tells others of changes: the feed of numbered events, its subscribers, and callers that wait for a change. Start reading at
 * {@link dev.listenkeyd.notify.EventFeed}; {@link dev.listenkeyd.notify.ChangeEvents} says which change is which event.
 */
@NullMarked
package dev.listenkeyd.notify;

import org.jspecify.annotations.NullMarked;
