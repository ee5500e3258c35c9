package dev.listenkeyd.audit;

/** What people must know of the audit itself. */
public sealed interface AuditEvent {

    /** The stored rows were checked, and fit. */
    record Intact(ChainPosition head) implements AuditEvent {}

    /** A row does not fit, or is missing. {@code seq}: the first such one. */
    record Broken(long seq) implements AuditEvent {}

    /** Entries can't be written now; they wait. */
    record Unwritten(String why) implements AuditEvent {}

    /** Entries are written again. */
    record WrittenAgain() implements AuditEvent {}
}
