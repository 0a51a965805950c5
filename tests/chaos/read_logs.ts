/** Reads everything that is in the partitions of a topic, as their leaders serve it. */

import assert from "node:assert/strict";
import { listTopics } from "../../src/client/admin/topics.ts";
import { batches } from "../../src/records/batch.ts";
import { recordsOf } from "../../src/records/record.ts";
import type { TestCluster } from "../harness/cluster.ts";
import { tryFetch } from "../harness/requests.ts";
import type { Kept } from "./history.ts";

/** One log a partition. */
export async function readLogs(nodes: TestCluster, topic: string): Promise<Kept[][]> {
  const [found] = await listTopics(nodes.client(), [topic]);
  return await Promise.all(
    found!.partitions.map(({ index, leaderId }) => readLog(nodes, leaderId, { topic, partition: index })),
  );
}

async function readLog(
  nodes: TestCluster,
  leaderId: number,
  place: { readonly topic: string; readonly partition: number },
): Promise<Kept[]> {
  using wire = await nodes.connect(leaderId);
  const kept: Kept[] = [];
  for (;;) {
    const { errorCode, records, highWatermark } = await tryFetch(wire, place, kept.length);
    assert.equal(errorCode, 0);
    for (const batch of batches(records ?? new Uint8Array(0), { partialEnd: true })) {
      const leaderEpoch = batch.partitionLeaderEpoch;
      for (const { offset, value } of recordsOf(batch)) {
        // A fetch from inside a batch returns all of it.
        if (offset < kept.length) continue;
        const { partition } = place;
        kept.push({ partition, offset, value: new TextDecoder().decode(value!), leaderEpoch });
      }
    }
    if (kept.length >= highWatermark) return kept;
  }
}
