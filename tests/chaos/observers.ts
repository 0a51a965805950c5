/** Looks at a cluster all the time: who says who leads, and how high the high watermarks are. */

import type { TestCluster } from "../harness/cluster.ts";
import { WireClient } from "../harness/wire.ts";
import { listOffsets } from "../../src/protocol/messages/02_list_offsets.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { describeQuorum } from "../../src/protocol/messages/55_describe_quorum.ts";
import type { History } from "./history.ts";

const LATEST = -1;
const POLL_MS = 200;

export interface Observers {
  stop(): Promise<void>;
}

/** Asks every node, whether or not it can answer, until it is stopped. */
export function observe(nodes: TestCluster, topic: string, history: History): Observers {
  let isStopping = false;
  const watching = nodes.ids.map((id) => watch(nodes, id, topic, history, () => isStopping));
  return {
    async stop() {
      isStopping = true;
      await Promise.all(watching);
    },
  };
}

async function watch(
  nodes: TestCluster,
  id: number,
  topic: string,
  history: History,
  isStopping: () => boolean,
): Promise<void> {
  let wire: WireClient | undefined;
  while (!isStopping()) {
    try {
      wire ??= await withinTime(nodes.connect(id));
      await withinTime(look(wire, id, topic, history));
    } catch {
      wire?.[Symbol.dispose]();
      wire = undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  wire?.[Symbol.dispose]();
}

/** A node that is paused or cut off never answers. */
function withinTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer")), 3_000);
  work.catch(() => {});
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

async function look(wire: WireClient, id: number, topic: string, history: History): Promise<void> {
  const source = `node ${id}`;
  const { topics } = await wire.send(metadata, 12, {
    topics: [{ name: topic }],
    allowAutoTopicCreation: false,
  });
  const led: { partitionIndex: number; timestamp: number }[] = [];
  for (const { partitionIndex, leaderId, leaderEpoch } of topics[0]?.partitions ?? []) {
    history.onLeader(partitionIndex, leaderEpoch, leaderId, source);
    if (leaderId === id) led.push({ partitionIndex, timestamp: LATEST });
  }
  const offsets = await wire.send(listOffsets, 8, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: led }],
  });
  for (const { partitionIndex, errorCode, offset, leaderEpoch } of offsets.topics[0]?.partitions ?? []) {
    if (errorCode === 0 && leaderEpoch >= 0) history.onHighWatermark(partitionIndex, leaderEpoch, offset);
  }
  const quorum = await wire.send(describeQuorum, 1, {
    topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
  });
  const state = quorum.topics[0]?.partitions[0];
  if (state !== undefined && state.errorCode === 0) {
    history.onLeader(-1, state.leaderEpoch, state.leaderId, source);
  }
}
