/** What the failure laboratory of a demo cluster can do. `sluice demo` implements it; real nodes have none. */

/** What may be done to a node of the demo cluster. */
export type DemoAction = "fence" | "unfence" | "stop" | "start" | "restart" | "kill" | "isolate" | "heal";

/** A node of the demo cluster as its keeper sees it, which is right even when the cluster does not know it. */
export interface DemoNode {
  readonly id: number;
  readonly isRunning: boolean;
  /** Whether it is cut off from the other nodes. */
  readonly isIsolated: boolean;
  /** Where its own HTTP server is; null when it has none or does not run. */
  readonly httpUrl: string | null;
  /** What can be done to it now. */
  readonly actions: readonly DemoAction[];
}

export interface DemoControl {
  nodes(): readonly DemoNode[];
  /** Does `action` to a node; rejects with an `Error` whose message says why it cannot be done. */
  run(nodeId: number, action: DemoAction): Promise<void>;
}
