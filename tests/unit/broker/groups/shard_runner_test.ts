/** How the records of a group shard get into the log: together, in order, and with the log's refusals answered. */

import assert from "node:assert/strict";
import { GroupCounters, ShardRunner } from "../../../../src/broker/groups/shard_runner.ts";
import { decodeGroupRecord } from "../../../../src/broker/groups/group_records.ts";
import type { Partition } from "../../../../src/broker/partition.ts";
import { defaultGroupConfig } from "../../../../src/coordinator/group/types.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import type { AppendResult } from "../../../../src/log/append_result.ts";
import { systemClock, systemTimers } from "../../../../src/platform/adapters/system_time.ts";
import { ErrorCode, errorInfo } from "../../../../src/protocol/error_codes.ts";
import type { OffsetCommitResponse } from "../../../../src/protocol/messages/08_offset_commit.ts";
import { BatchView } from "../../../../src/records/batch.ts";
import { recordsOf } from "../../../../src/records/record.ts";

/** A partition that keeps batches, and refuses or delays them when a test wants it to. */
class FakePartition {
  readonly index = 0;
  isLeader = true;
  readonly log = { logStartOffset: 0, logEndOffset: 0 };
  readonly batches: Uint8Array[] = [];
  /** Whether the batch of this number is refused. */
  refuses: (number: number) => boolean = () => false;
  replicated: (endOffset: number) => true | Promise<boolean> = () => true;
  #endOffset = 0;
  #asked = 0;

  append(bytes: Uint8Array): AppendResult {
    if (this.refuses(this.#asked++)) {
      return { error: "no-space", message: "the disk is full" };
    }
    this.batches.push(bytes.slice());
    const baseOffset = this.#endOffset;
    this.#endOffset += new BatchView(bytes).recordsCount;
    const lastOffset = this.#endOffset - 1;
    return { error: null, baseOffset, lastOffset, logAppendTimeMs: -1, logStartOffset: 0, duplicate: false };
  }

  /** What each batch says, as `g/t-0=5`. */
  written(): string[][] {
    return this.batches.map((bytes) =>
      [...recordsOf(new BatchView(bytes))].map(({ key, value }) => {
        const record = decodeGroupRecord(key!, value);
        if (record?.type !== "offsetCommit") return "?";
        const { group, topic, partition } = record.key;
        return `${group}/${topic}-${partition}=${record.value?.offset}`;
      })
    );
  }
}

function startedOn(partition: FakePartition): ShardRunner {
  return new ShardRunner({
    counters: new GroupCounters(),
    partition: partition as unknown as Partition,
    config: { ...defaultGroupConfig, offsetMetadataMaxBytes: 100_000 },
    newUuid: () => "",
    clock: systemClock,
    timers: systemTimers,
    logger: silentLogger,
  });
}

async function loaded(partition: FakePartition): Promise<ShardRunner> {
  const runner = startedOn(partition);
  await runner.load();
  return runner;
}

/** Commits an offset of a group without members; resolves with the names of the codes. */
async function commit(
  runner: ShardRunner,
  groupId: string,
  offset: number,
  options: { readonly partitions?: number; readonly metadata?: string } = {},
): Promise<string[]> {
  const { partitions = 1, metadata = "" } = options;
  const response = await runner.request({
    type: "offsetCommit",
    context: { apiVersion: 9, clientId: "test", clientHost: "/memory" },
    request: {
      groupId,
      memberId: "",
      groupInstanceId: null,
      generationIdOrMemberEpoch: -1,
      retentionTimeMs: -1,
      topics: [{
        name: "t",
        topicId: ZERO_UUID,
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          committedOffset: offset,
          committedLeaderEpoch: -1,
          committedMetadata: metadata,
        })),
      }],
    },
  }) as OffsetCommitResponse;
  return response.topics.flatMap((topic) => topic.partitions.map((one) => errorInfo(one.errorCode).name));
}

Deno.test("shard runner: what one turn of the loop commits is one batch, in order", async () => {
  const partition = new FakePartition();
  const runner = await loaded(partition);
  const answers = await Promise.all([1, 2, 3].map((offset) => commit(runner, `g${offset}`, offset)));
  assert.deepEqual(answers, [["NONE"], ["NONE"], ["NONE"]]);
  assert.deepEqual(partition.written(), [["g1/t-0=1", "g2/t-0=2", "g3/t-0=3"]]);
  await commit(runner, "g1", 4);
  assert.deepEqual(partition.written()[1], ["g1/t-0=4"]);
});

Deno.test("shard runner: nobody is answered before the log has it and it is replicated", async () => {
  const partition = new FakePartition();
  const runner = await loaded(partition);
  const replicated = Promise.withResolvers<boolean>();
  partition.replicated = () => replicated.promise;
  let answered = false;
  const answer = commit(runner, "g", 1).then((codes) => {
    answered = true;
    return codes;
  });
  while (partition.batches.length === 0) await systemTimers.yield();
  await systemTimers.yield();
  assert.equal(answered, false);
  replicated.resolve(true);
  assert.deepEqual(await answer, ["NONE"]);
});

Deno.test("shard runner: what was loaded is told when it is replicated, as it may be lost until then", async () => {
  const partition = new FakePartition();
  const replicated = Promise.withResolvers<boolean>();
  partition.replicated = () => replicated.promise;
  const runner = startedOn(partition);
  const loading = runner.load();
  assert.deepEqual(await commit(runner, "g", 1), ["COORDINATOR_LOAD_IN_PROGRESS"]);
  assert.equal(runner.isLoaded, false);
  replicated.resolve(true);
  await loading;
  assert.equal(runner.isLoaded, true);
});

Deno.test("shard runner: a log that refuses fails everybody who was in the batch, and only them", async () => {
  const partition = new FakePartition();
  partition.refuses = (number) => number === 0;
  const runner = await loaded(partition);
  const refused = await Promise.all([commit(runner, "g", 1), commit(runner, "h", 2)]);
  assert.deepEqual(refused, [["NOT_COORDINATOR"], ["NOT_COORDINATOR"]]);
  assert.deepEqual(await commit(runner, "g", 3), ["NONE"]);
  assert.deepEqual(partition.written(), [["g/t-0=3"]]);
});

Deno.test("shard runner: what waits for the end of the turn when the shard goes is answered, not written", async () => {
  const partition = new FakePartition();
  const runner = await loaded(partition);
  const waiting = commit(runner, "g", 1);
  runner.unload();
  assert.deepEqual(await waiting, ["NOT_COORDINATOR"]);
  await systemTimers.yield();
  await systemTimers.yield();
  assert.deepEqual(partition.batches, []);
});

Deno.test("shard runner: a partition that is led elsewhere by the end of the turn is not written to", async () => {
  const partition = new FakePartition();
  const runner = await loaded(partition);
  const waiting = commit(runner, "g", 1);
  partition.isLeader = false;
  assert.deepEqual(await waiting, ["NOT_COORDINATOR"]);
  assert.deepEqual(partition.batches, []);
});

Deno.test("shard runner: a large commit takes several batches and is answered when all are written", async () => {
  const partition = new FakePartition();
  const runner = await loaded(partition);
  const large = { partitions: 40, metadata: "x".repeat(30_000) };
  const [first, codes, last] = await Promise.all([
    commit(runner, "before", 1),
    commit(runner, "g", 5, large),
    commit(runner, "after", 2),
  ]);
  assert.deepEqual([first, last], [["NONE"], ["NONE"]]);
  assert.deepEqual(codes, new Array(40).fill("NONE"));
  const written = partition.written();
  assert.ok(written.length > 1);
  assert.ok(partition.batches.every((bytes) => bytes.length < 1_048_588), "below max.message.bytes");
  const expected = Array.from({ length: 40 }, (_, index) => `g/t-${index}=5`);
  assert.deepEqual(written.flat(), ["before/t-0=1", ...expected, "after/t-0=2"]);
});

Deno.test("shard runner: a large commit fails when one of its batches is refused", async () => {
  for (const refusedBatch of [0, 1, 2]) {
    const partition = new FakePartition();
    partition.refuses = (number) => number === refusedBatch;
    const runner = await loaded(partition);
    const large = { partitions: 40, metadata: "x".repeat(30_000) };
    const [codes, after] = await Promise.all([commit(runner, "g", 5, large), commit(runner, "after", 2)]);
    assert.deepEqual(new Set(codes), new Set([errorInfo(ErrorCode.NOT_COORDINATOR).name]));
    const isWritten = partition.written().flat().includes("after/t-0=2");
    assert.equal(after[0] === "NONE", isWritten, "an answer tells what the log holds");
  }
});
