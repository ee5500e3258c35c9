/**
 * Puts the process together: {@link dev.listenkeyd.config.Settings} from the configuration, the objects that everything
 * else is made of in {@link dev.listenkeyd.app.Beans}, and their life from start to stop in {@link
 * dev.listenkeyd.app.Lifecycle}. The only package that takes time and chance from the machine.
 */
@NullMarked
package dev.listenkeyd.app;

import org.jspecify.annotations.NullMarked;
