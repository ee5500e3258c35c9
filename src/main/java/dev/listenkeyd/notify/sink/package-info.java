/**
 * Files that always hold an account's listen key, for programs that read files. Start at {@link dev.listenkeyd.notify.sink.SinkWriter};
 * {@link dev.listenkeyd.notify.sink.KeyFile} says how a file is replaced.
 */
@NullMarked
package dev.listenkeyd.notify.sink;

import org.jspecify.annotations.NullMarked;
