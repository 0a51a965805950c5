/** Other clients than Java's: librdkafka through confluent-kafka and kcat, and kafkajs. */

import { type OtherClient, otherConsume, otherProduce } from "../other_clients.ts";
import type { Figures } from "../figures.ts";
import { withTopic } from "../topics.ts";
import { type Bench, costOf, type Target, WARM_UP, type Workload } from "../workload.ts";

const RECORD_BYTES = 1000;

async function runOther(
  target: Target,
  bench: Bench,
  client: OtherClient,
  atScale: number,
): Promise<Figures> {
  const records = Math.round(atScale * bench.scale / 1000) * 1000;
  return await withTopic(target.bootstrap, { partitions: 1 }, async (topic) => {
    const { bootstrap } = target;
    const load = { bootstrap, topic, records, recordBytes: RECORD_BYTES, acks: "1" } as const;
    const produced = await costOf(target, () => otherProduce(client, load));
    const consumed = await costOf(target, () => otherConsume(client, load));
    const gigabytes = records * RECORD_BYTES / 1e9;
    return {
      produceMBps: produced.result * RECORD_BYTES / 1e6,
      produceCpuPerGB: produced.cost.cpuSeconds / gigabytes,
      consumeMBps: consumed.result * RECORD_BYTES / 1e6,
      consumeCpuPerGB: consumed.cost.cpuSeconds / gigabytes,
      peakRssMiB: Math.max(produced.cost.peakRssMiB, consumed.cost.peakRssMiB),
    };
  });
}

const workload = (client: OtherClient, title: string, records: number): Workload => ({
  name: client,
  title,
  on: "broker",
  warmUp: WARM_UP,
  runOn: (target, bench) => runOther(target, bench, client, records),
});

export const otherClientWorkloads: readonly Workload[] = [
  workload("librdkafka", "librdkafka (confluent-kafka), 1 KB records, acks=1", 400_000),
  workload("kcat", "librdkafka (kcat), 1 KB records, acks=1", 400_000),
  workload("kafkajs", "kafkajs, 1 KB records, acks=1", 100_000),
];
