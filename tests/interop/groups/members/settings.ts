/** What every member of the tests is told, and what it says. Programs get it as JSON in their first argument. */

/** How a member joins. */
export interface MemberSettings {
  readonly bootstrap: string;
  readonly group: string;
  readonly topic: string;
  /** "range", "roundrobin" or "cooperative-sticky". */
  readonly assignor: string;
  readonly clientId: string;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly commitMs: number;
}

/** One line of a member's standard output, as JSON: a record it has read. */
export interface MemberLine {
  readonly record: readonly [partition: number, offset: number, value: string];
}
