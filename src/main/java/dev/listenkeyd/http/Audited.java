package dev.listenkeyd.http;

import dev.listenkeyd.audit.Action;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A call that has a row in the audit, whether it succeeds or not. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Audited {
    /** The action of the row. */
    Action value();
}
