/**
 * The page for people, {@code /ui/}: its files, which lie in {@code resources/ui}, and their routes. All that the page shows, it
 * asks of the API. Start at {@link dev.listenkeyd.ui.PageRoutes}.
 */
@NullMarked
package dev.listenkeyd.ui;

import org.jspecify.annotations.NullMarked;
