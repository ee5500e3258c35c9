package dev.listenkeyd.http;

import dev.listenkeyd.audit.Action;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A call that is recorded in the audit, whatever comes of it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Audited {
    /** What it is recorded as. */
    Action value();
}
