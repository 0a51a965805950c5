/** Makes a broker write a bit of everything that it can write today. */

import { Buffer } from "node:buffer";
import { offsetCommit } from "../../src/protocol/messages/08_offset_commit.ts";
import { findCoordinator } from "../../src/protocol/messages/10_find_coordinator.ts";
import { joinGroup } from "../../src/protocol/messages/11_join_group.ts";
import { leaveGroup } from "../../src/protocol/messages/13_leave_group.ts";
import { syncGroup } from "../../src/protocol/messages/14_sync_group.ts";
import { createPartitions } from "../../src/protocol/messages/37_create_partitions.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { deleteRecords } from "../../src/protocol/messages/21_delete_records.ts";
import { initProducerId } from "../../src/protocol/messages/22_init_producer_id.ts";
import { incrementalAlterConfigs } from "../../src/protocol/messages/44_incremental_alter_configs.ts";
import { compressionNames } from "../../src/records/compression/codec.ts";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import { batch, type TestRecord } from "../harness/batches.ts";
import { createTopic, type Place, produceTo } from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";

/** Fixed, so that segments roll by the times of records. */
const T0 = 1_700_000_000_000;

/** The partitions of applications that {@link fillBroker} leaves behind. */
export const filledPartitions: readonly Required<Place>[] = [
  { topic: "codecs", partition: 0 },
  { topic: "rolled", partition: 0 },
  { topic: "rolled", partition: 1 },
  { topic: "large", partition: 0 },
  { topic: "append-time", partition: 0 },
  { topic: "compacted", partition: 0 },
  { topic: "trimmed", partition: 0 },
  { topic: "grown", partition: 0 },
  { topic: "grown", partition: 1 },
];

/** The groups that have committed, and where. */
export const filledOffsets = { "simple-group": 3, "classic-group": 5 } as const;

const forever = { "retention.ms": "-1" };

/** Fills a broker that is empty. `round` 1 creates the topics; later ones write more to them. */
export async function fillBroker(client: WireClient, round: number): Promise<void> {
  if (round === 1) await createTopics(client);
  await codecs(client, round);
  await rolled(client, round);
  for (let at = 0; at < 200; at++) {
    await produceTo(
      client,
      { topic: "large" },
      batch(shapes(at, "y".repeat(4000)).slice(0, 3), { compression: "none" }),
    );
  }
  await produceTo(client, { topic: "append-time" }, batch(shapes(round)));
  for (let at = 0; at < 10; at++) {
    await produceTo(
      client,
      { topic: "compacted" },
      batch([{ key: `key-${at % 3}`, value: at % 4 === 3 ? null : `${at}` }]),
    );
  }
  await produceTo(client, { topic: "trimmed" }, batch(["a", "b", "c", "d"]));
  await trim(client, { topic: "trimmed", partition: 0 }, 4 * round - 1);
  await groups(client);
  await metadataChanges(client, round);
}

async function createTopics(client: WireClient): Promise<void> {
  await createTopic(client, "codecs", { configs: { ...forever, "index.interval.bytes": "300" } });
  await createTopic(client, "rolled", { partitions: 2, configs: { ...forever, "segment.ms": "60000" } });
  await createTopic(client, "large", { configs: { ...forever, "segment.bytes": "1048576" } });
  await createTopic(client, "append-time", {
    configs: { ...forever, "message.timestamp.type": "LogAppendTime" },
  });
  await createTopic(client, "compacted", { configs: { "cleanup.policy": "compact" } });
  await createTopic(client, "trimmed", { configs: forever });
  await createTopic(client, "grown", { configs: forever });
}

/** Every shape of key, value and header. */
function shapes(at: number, long = "0123456789abcdef".repeat(40)): TestRecord[] {
  const timestamp = T0 + at * 1000;
  return [
    { timestamp: timestamp + 3, key: "long", value: long },
    { timestamp, key: "key", value: `value ${at}` },
    { timestamp: timestamp + 7, key: null, value: "no key" },
    { timestamp: timestamp - 3, key: "tombstone", value: null },
    { timestamp: timestamp + 1, key: "", value: "" },
    {
      timestamp: timestamp + 2,
      key: "with headers",
      value: "h",
      headers: [["trace", "abc"], ["trace", "twice"], ["empty", ""], ["null", null], [
        "\u00fcnic\u00f6de",
        "\u00e9",
      ]],
    },
  ];
}

/** A batch of each codec, from producers that are idempotent and that are not. */
async function codecs(client: WireClient, round: number): Promise<void> {
  for (const [index, compression] of compressionNames.entries()) {
    const at = round * 100 + index;
    await produceTo(client, { topic: "codecs" }, batch(shapes(at), { compression }));
    const { errorCode, producerId, producerEpoch } = await client.send(initProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    if (errorCode !== 0) throw new Error(`init producer id: ${errorCode}`);
    for (let baseSequence = 0; baseSequence < 12; baseSequence += 6) {
      const producer = { producerId, producerEpoch, baseSequence };
      await produceTo(client, { topic: "codecs" }, batch(shapes(at), { compression, ...producer }));
    }
  }
}

/** Three records a batch, a batch every 25 s of record time: with segment.ms of a minute some of them roll. */
async function rolled(client: WireClient, round: number): Promise<void> {
  for (const partition of [0, 1]) {
    for (let at = 0; at < 10; at++) {
      const timestamp = T0 + (round * 10 + at) * 25_000;
      const records = [0, 1, 2].map((one) => ({
        timestamp: timestamp + one,
        key: `k${one}`,
        value: `${at}.${one}`,
      }));
      await produceTo(client, { topic: "rolled", partition }, batch(records));
    }
  }
}

async function trim(
  client: WireClient,
  { topic, partition }: Required<Place>,
  offset: number,
): Promise<void> {
  const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }];
  const response = await client.send(deleteRecords, 2, { topics, timeoutMs: 30_000 });
  const { errorCode } = response.topics[0]!.partitions[0]!;
  if (errorCode !== 0) throw new Error(`delete records: ${errorCode}`);
}

async function commit(
  client: WireClient,
  groupId: string,
  member: { readonly memberId: string; readonly generationIdOrMemberEpoch: number },
  committedOffset: number,
): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: "note \u00e9" }];
  const response = await client.send(offsetCommit, 8, {
    groupId,
    ...member,
    topics: [{ name: "codecs", partitions }],
  });
  const { errorCode } = response.topics[0]!.partitions[0]!;
  if (errorCode !== 0) throw new Error(`offset commit: ${errorCode}`);
}

/** The first to ask makes the broker create the topic of offsets. */
async function untilCoordinated(client: WireClient, groupId: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { coordinators } = await client.send(findCoordinator, 4, {
      keyType: 0,
      coordinatorKeys: [groupId],
    });
    if (coordinators[0]!.errorCode === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`group ${groupId} has no coordinator`);
}

/** Offsets of a consumer without a group, and those of a group with a member. */
async function groups(client: WireClient): Promise<void> {
  for (const groupId of Object.keys(filledOffsets)) await untilCoordinated(client, groupId);
  const nobody = { memberId: "", generationIdOrMemberEpoch: -1 };
  await commit(client, "simple-group", nobody, filledOffsets["simple-group"]);
  const groupId = "classic-group";
  // ConsumerProtocolSubscription and ConsumerProtocolAssignment, version 0: topic "codecs", partition 0.
  const topic = [0, 6, ...Buffer.from("codecs")];
  const subscription = new Uint8Array([0, 0, 0, 0, 0, 1, ...topic, 255, 255, 255, 255]);
  const assignment = new Uint8Array([0, 0, 0, 0, 0, 1, ...topic, 0, 0, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255]);
  const join = { groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, protocolType: "consumer" };
  const protocols = [{ name: "range", metadata: subscription }];
  // Version 3 gives the member its id at once.
  const { errorCode, memberId, generationId } = await client.send(joinGroup, 3, {
    ...join,
    memberId: "",
    protocols,
  });
  if (errorCode !== 0) throw new Error(`join group: ${errorCode}`);
  await client.send(syncGroup, 3, {
    groupId,
    generationId,
    memberId,
    assignments: [{ memberId, assignment }],
  });
  const member = { memberId, generationIdOrMemberEpoch: generationId };
  await commit(client, groupId, member, filledOffsets[groupId]);
  const left = await client.send(leaveGroup, 3, { groupId, members: [{ memberId }] });
  if (left.errorCode !== 0 || left.members[0]!.errorCode !== 0) throw new Error("leave group");
}

async function metadataChanges(client: WireClient, round: number): Promise<void> {
  const name = `gone-${round}`;
  await createTopic(client, name);
  await produceTo(client, { topic: name }, batch(["soon gone"]));
  await client.send(deleteTopics, 6, { topics: [{ name, topicId: ZERO_UUID }], timeoutMs: 30_000 });
  if (round > 1) return;
  await client.send(createPartitions, 3, {
    topics: [{ name: "grown", count: 2, assignments: null }],
    timeoutMs: 30_000,
    validateOnly: false,
  });
  await client.send(incrementalAlterConfigs, 1, {
    resources: [{
      resourceType: 2,
      resourceName: "codecs",
      configs: [{ name: "max.message.bytes", configOperation: 0, value: "2000000" }],
    }],
    validateOnly: false,
  });
}
