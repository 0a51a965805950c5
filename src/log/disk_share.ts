/**
 * Divides a part of a disk among the logs on it (`retention.disk.percent`): each may take the same, and what small
 * logs leave of their share goes to the others. So adding a partition takes a little from those that have most.
 */

/**
 * The most that any one of `sizes` may take so that all together take no more than `budget`: Infinity when they do
 * so already. (Max-min fairness.)
 */
export function fairCap(sizes: readonly number[], budget: number): number {
  const ascending = [...sizes].sort((a, b) => a - b);
  let left = budget;
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return Math.max(0, Math.floor(share));
    left -= size;
  }
  return Infinity;
}

/** What to divide: the logs that one percentage speaks of. */
export interface SharedLog {
  readonly sizeBytes: number;
  readonly topic: string;
  /** `retention.disk.percent` of its topic; null when it has none. */
  readonly topicPercent: number | null;
}

/**
 * The most bytes that each of the logs on one disk may take, in their order: by the share of the whole node and by
 * that of its topic. Infinity where nothing limits it.
 */
export function diskShares(
  logs: readonly SharedLog[],
  disk: { readonly totalBytes: number; readonly percent: number | null },
): number[] {
  const budgetOf = (percent: number) => disk.totalBytes * percent / 100;
  const nodeCap = disk.percent === null
    ? Infinity
    : fairCap(logs.map((log) => log.sizeBytes), budgetOf(disk.percent));
  const topicCaps = new Map<string, number>();
  for (const { topic, topicPercent } of logs) {
    if (topicPercent === null || topicCaps.has(topic)) continue;
    const sizes = logs.filter((log) => log.topic === topic).map((log) => log.sizeBytes);
    topicCaps.set(topic, fairCap(sizes, budgetOf(topicPercent)));
  }
  return logs.map(({ topic }) => Math.min(nodeCap, topicCaps.get(topic) ?? Infinity));
}
