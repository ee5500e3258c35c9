package dev.listenkeyd.audit;

/** News of the audit itself, for the log. */
public sealed interface AuditEvent {

    /** All stored rows were checked and fit. */
    record Intact(ChainPosition head) implements AuditEvent {}

    /** A row does not fit, or is missing. {@code seq}: the first such row. */
    record Broken(long seq) implements AuditEvent {}

    /** As {@link Broken}, in the chain of another replica. */
    record BrokenElsewhere(String replica, long seq) implements AuditEvent {}

    /** Entries can't be written now, and wait. */
    record Unwritten(String why) implements AuditEvent {}

    /** Entries are written again. */
    record WrittenAgain() implements AuditEvent {}
}
