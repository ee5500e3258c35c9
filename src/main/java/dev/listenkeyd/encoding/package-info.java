/**
 * How values are written where others read them: enum constants as words, digests as bytes, JSON that leaves no room for
 * doubt. Start at {@link dev.listenkeyd.encoding.StrictJson}.
 */
@NullMarked
package dev.listenkeyd.encoding;

import org.jspecify.annotations.NullMarked;
