/** What a node knows of its own health. */

/** One thing that is looked at. */
export interface HealthCheck {
  /** A word or a few, joined by hyphens: `metadata`, `registration`, `log-directories`, ... */
  readonly name: string;
  readonly status: "up" | "down";
  /** A sentence for people. */
  readonly detail: string;
  /** Whether clients cannot be served while this is down. */
  readonly isNeededForReady: boolean;
}

export interface HealthSource {
  /** Looks at everything now; quick enough to be asked every second. */
  checks(): readonly HealthCheck[];
}
