/** What can go wrong in a simulation. */

/** What a node must stand. Each run picks some of these. */
export const usualKinds = [
  "kill",
  "power-cut",
  "crash-in-operation",
  "crash-after-answer",
  "restart",
  "partition",
  "reset",
  "slow-network",
  "slow-disk",
  "disk-errors",
  "disk-full",
  "clock-jump",
  "pause",
  "forgotten-sync",
] as const;

/** What a cluster of several nodes must stand besides. */
export const clusterKinds = [
  "split",
  "cut-link",
  "cut-leader",
  "kill-leader",
  "kill-all",
  "rolling-restart",
  "wipe",
  "election-race",
  "leader-after-leader",
  "relapse",
  "rivals",
  "late-request",
  "out-of-turn",
] as const;

/** What a run may be asked to stand; it is not drawn. */
export const rareKinds = ["bit-rot"] as const;

export const faultKinds = [...usualKinds, ...clusterKinds, ...rareKinds] as const;

/** One of the things that can go wrong. */
export type FaultKind = (typeof faultKinds)[number];

export function isFaultKind(text: string): text is FaultKind {
  return (faultKinds as readonly string[]).includes(text);
}

/** After these, a request may arrive when whoever sent it has long sent it again. */
export const latecomers: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "partition",
  "reset",
  "slow-network",
  "pause",
  "split",
  "cut-link",
  "cut-leader",
  "late-request",
]);

/** About how often each kind strikes, in milliseconds of virtual time. */
export const meanIntervalMs: Readonly<Record<FaultKind, number>> = {
  "kill": 5000,
  "power-cut": 5000,
  "crash-in-operation": 4000,
  "crash-after-answer": 4000,
  "restart": 7000,
  "partition": 4000,
  "reset": 700,
  "slow-network": 5000,
  "slow-disk": 5000,
  "disk-errors": 5000,
  "disk-full": 8000,
  "clock-jump": 4000,
  "pause": 4000,
  "forgotten-sync": 4000,
  "split": 7000,
  "cut-link": 4000,
  "cut-leader": 6000,
  "kill-leader": 6000,
  "kill-all": 15_000,
  "rolling-restart": 20_000,
  "wipe": 12_000,
  "election-race": 6000,
  "leader-after-leader": 5000,
  "relapse": 15_000,
  "bit-rot": 3000,
  "rivals": 6000,
  "late-request": 8000,
  "out-of-turn": 15_000,
};
