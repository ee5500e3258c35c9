/**
 * Leases as the HTTP API and the tools for agents show them, without raw keys. The record of a view is the only description of
 * its JSON: the OpenAPI document and the schemas of the tools are made from it. Start at {@link dev.listenkeyd.view.LeaseViews}.
 */
@NullMarked
package dev.listenkeyd.view;

import org.jspecify.annotations.NullMarked;
