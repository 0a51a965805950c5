/**
 * Bugs that the simulator must find: each is a change of one place in the sources. A text that is not there exactly
 * once is an error, so that the list follows the sources.
 */

import type { FaultKind } from "../src/simulation/faults/fault_kinds.ts";

/** A change of one place in the sources. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A bug to plant. */
export interface Mutation extends Edit {
  readonly name: string;
  /** More places: where a second check makes up for the first one, both must go to make a bug. */
  readonly and?: readonly Edit[];
  /** How many nodes can show it, as `--nodes` of the simulator; 1 unless set. */
  readonly nodes?: string;
  /** What may go wrong, when what provokes the bug is rare: each seed picks some of these. */
  readonly kinds?: readonly FaultKind[];
  /** Exactly what goes wrong. */
  readonly exactly?: readonly FaultKind[];
  /** For how long things go wrong, in virtual seconds, unless what is asked for on the command line is enough. */
  readonly seconds?: number;
  /** Within how many seeds it must be found. */
  readonly seeds?: number;
}

const disks: readonly Mutation[] = [
  {
    name: "acknowledge without a sync",
    file: "src/log/log_flusher.ts",
    find: "if (active !== null) await active.withFile((file) => file.sync());",
    replace: "",
  },
  {
    name: "forget to sync the directory of a new segment",
    file: "src/log/log_flusher.ts",
    find: "await this.syncDirectories();",
    replace: "",
  },
  {
    name: "show consumers what is not on the disk yet",
    file: "src/broker/partition.ts",
    find: "return this.acksNeedFlush ? this.log.flushedOffset : this.log.logEndOffset;",
    replace: "return this.log.logEndOffset;",
  },
  {
    name: "acknowledge a sync that failed",
    exactly: ["disk-errors", "forgotten-sync", "power-cut"],
    seconds: 30,
    seeds: 60,
    file: "src/broker/partition.ts",
    find: "if (durable && this.isLeader) this.#advance();\n    return durable;",
    replace: "if (this.isLeader) this.#advance();\n    return true;",
  },
  {
    name: "acknowledge before the append",
    file: "src/broker/handlers/00_produce.ts",
    find: "const result = found.append(records);",
    replace:
      "const { logEndOffset, logStartOffset } = found.log;\n  void broker.platform.timers.sleep(1).then(() => found.append(records.slice()));\n" +
      "  const result = { error: null, baseOffset: logEndOffset, lastOffset: logEndOffset - 1, logAppendTimeMs: -1, " +
      "logStartOffset, duplicate: false } as AppendResult;",
  },
  {
    name: "let the recovery skip checksums",
    file: "src/log/recovery.ts",
    find: "checkCrc: true,",
    replace: "checkCrc: false,",
  },
  {
    name: "trust the files after a crash",
    file: "src/log/log_loader.ts",
    find: "const { directory, config, cleanShutdown } = options;\n  if (!context.disk.exists(directory)) {",
    replace: "options = { ...options, cleanShutdown: true };\n" +
      "  const { directory, config, cleanShutdown } = options;\n  if (!context.disk.exists(directory)) {",
  },
  {
    name: "leave the marker of a clean shutdown",
    exactly: ["restart", "kill", "power-cut"],
    seconds: 40,
    seeds: 100,
    file: "src/log/log_directory.ts",
    find: "this.#disk.remove(path);\n    // It must",
    replace: "// It must",
  },
  {
    name: "leave a torn end in place",
    file: "src/log/recovery.ts",
    find: "    segment.truncate(end);\n    await resumeSegment(segment);",
    replace: "",
  },
  {
    name: "recover without a sync",
    file: "src/log/recovery.ts",
    find: "await rewrite(file, unflushedFrom, end);\n    await file.sync();",
    replace: "",
  },
  {
    name: "append duplicates",
    file: "src/log/append_check.ts",
    find: "this.duplicate = this.#producers.findDuplicate(batch);",
    replace: "",
  },
  {
    name: "check no sequences",
    exactly: ["partition"],
    seconds: 60,
    seeds: 60,
    file: "src/log/append_check.ts",
    find: "const fault = this.#producers.check(batch);",
    replace: "const fault = null as ProducerFault | null;",
  },
  {
    name: "lose the producers at a restart",
    file: "src/log/log_loader.ts",
    find: "return new PartitionLog(context, {\n    topicId: readTopicId",
    replace: "producers.clear();\n  return new PartitionLog(context, {\n    topicId: readTopicId",
  },
  {
    name: "answer a commit before it is on the disk",
    file: "src/broker/groups/shard_runner.ts",
    find: "if (replicated === true) this.#step",
    replace: "if (replicated !== null) this.#step",
  },
  {
    name: "take commits of an old generation",
    exactly: ["pause"],
    seconds: 60,
    seeds: 100,
    file: "src/coordinator/group/offset_commit.ts",
    find: "if (errorCode !== ErrorCode.NONE) return errorCode;",
    replace: "",
  },
  {
    name: "forget the last commits of a group at a restart",
    file: "src/broker/groups/shard_loader.ts",
    find: "if (!batch.isControl) count",
    replace: "if (batch.nextOffset < log.highWatermark) count",
  },
  {
    name: "commit metadata before it is on the disk",
    file: "src/controller/quorum/driver.ts",
    find: "this.#log.flushedTo(logEnd.offset).then((isDurable) => {",
    replace: "Promise.resolve(true).then((isDurable) => {",
  },
  {
    name: "remove one segment too many",
    file: "src/log/log_segments.ts",
    find: "this.#list[count + 1]!.baseOffset <= offset",
    replace: "this.#list[count]!.baseOffset <= offset",
  },
  {
    name: "give a producer id twice",
    file: "src/controller/handlers/67_allocate_producer_ids.ts",
    find: "const nextProducerId = producerIdStart + BLOCK_SIZE;",
    replace: "const nextProducerId = producerIdStart;",
  },
  {
    name: "take what is left of a deleted topic for the new one",
    file: "src/broker/replica_manager.ts",
    find: "existing.topicId !== null && existing.topicId !== id",
    replace: "existing.topicId === null",
  },
  {
    name: "act on metadata that is history",
    file: "src/broker/broker.ts",
    find: "this.#behind = metadata.image;",
    replace: "this.#behind = null;",
  },
  {
    name: "forget a waiting fetch",
    file: "src/broker/partition.ts",
    find: "this.#unreadableBytes = 0;\n      this.readers.onReadable(bytes);",
    replace: "this.#unreadableBytes = 0;",
  },
  {
    name: "serve from memory beyond the high watermark",
    file: "src/log/tail_cache.ts",
    find: "let to = batchesEnd(first, from, maxBytes, upTo);",
    replace: "let to = batchesEnd(first, from, maxBytes, Infinity);",
  },
];

/** Of what logs do with old records, producers and epochs. */
const upkeep: readonly Mutation[] = [
  {
    name: "compaction: drop the last record of a key",
    file: "src/log/compaction/retained_batch.ts",
    find: "offset < map.get(cursor.payload, cursor.keyAt, cursor.keyEnd)",
    replace: "offset <= map.get(cursor.payload, cursor.keyAt, cursor.keyEnd)",
  },
  {
    name: "compaction: drop tombstones at once",
    exactly: ["restart"],
    seconds: 40,
    seeds: 60,
    file: "src/log/compaction/retained_batch.ts",
    find: "this.#keepsTombstones = horizonMs === undefined || this.#rules.nowMs < horizonMs;",
    replace: "this.#keepsTombstones = false;",
  },
  {
    name: "compaction: give up what a crash has left half done",
    exactly: ["crash-in-operation"],
    seconds: 60,
    seeds: 200,
    file: "src/log/compaction/segment_swap.ts",
    find: "for (const baseOffset of completeSwaps(names)) {",
    replace: "for (const baseOffset of completeSwaps(names).slice(0, 0)) {",
  },
  {
    name: "compaction: replace segments before the new one is on the disk",
    exactly: ["power-cut"],
    seconds: 60,
    seeds: 100,
    file: "src/log/compaction/segment_swap.ts",
    find: "await compacted.withFile((file) => file.sync());",
    replace: "",
  },
  {
    name: "retention: remove one segment too many",
    file: "src/log/retention.ts",
    find: "if (left < 0 || !mayGo(log, segment)) break;",
    replace: "if (left < -segment.sizeBytes || !mayGo(log, segment)) break;",
  },
  {
    name: "producers: save only the last batch",
    exactly: ["kill", "slow-disk"],
    seconds: 60,
    seeds: 100,
    file: "src/log/producer_entry.ts",
    find: "const entries = this.batches.map((batch) => ({ ...state, ...batch }));",
    replace: "const entries = this.batches.slice(-1).map((batch) => ({ ...state, ...batch }));",
  },
  {
    name: "producers: take a snapshot for all there is",
    file: "src/log/producer_replay.ts",
    find: "if (snapshot < to) {",
    replace: "if (snapshot < 0) {",
  },
  {
    name: "producers: forget them after a few seconds",
    file: "src/log/producer_state.ts",
    find: "nowMs - entry.lastTimestampMs >= expirationMs;",
    replace: "nowMs - entry.lastTimestampMs >= expirationMs / 20_000;",
  },
  {
    name: "delete records: save no log start offset",
    file: "src/broker/handlers/21_delete_records.ts",
    find: "if (deleted) await broker.replicas.saveLogStartOffsets();",
    replace: "",
  },
];

const groups: readonly Mutation[] = [
  {
    name: "groups: hand out assignments before they are in the log",
    file: "src/coordinator/group/sync.ts",
    find: "  group.assignmentAppendId = appendId;\n",
    replace: "  onAssignmentsSettled(shard, group, assignments, ErrorCode.NONE);\n",
  },
  {
    name: "groups: let members live for ever",
    exactly: ["slow-disk"],
    seconds: 10,
    seeds: 60,
    nodes: "3..5",
    file: "src/coordinator/group/session.ts",
    find: "dropMember(shard, group, member, ErrorCode.UNKNOWN_MEMBER_ID);\n  rebalanceOrCompleteJoin",
    replace: "return;\n  rebalanceOrCompleteJoin",
  },
  {
    name: "groups: load only the last segment",
    file: "src/broker/groups/shard_loader.ts",
    find: "let offset = log.logStartOffset;",
    replace: "let offset = log.active.baseOffset;",
  },
  {
    name: "groups: pass over tombstones when loading",
    file: "src/coordinator/group/replay.ts",
    find: "replayRecord(shard: ShardState, record: GroupRecord): void {",
    replace:
      "replayRecord(shard: ShardState, record: GroupRecord): void {\n  if (record.value === null) return;",
  },
  {
    name: "groups: keep the offsets of deleted topics",
    file: "src/coordinator/group/offset_delete.ts",
    find: "if (goneId === undefined) return false;",
    replace: "if (goneId !== null) return false;",
  },
];

/** Of replicas and of what is replicated, which several nodes must show. */
const replicas: readonly Mutation[] = [
  {
    name: "replication: remove what is not replicated",
    exactly: ["cut-leader"],
    seconds: 60,
    seeds: 60,
    file: "src/log/retention.ts",
    find: "return endOf(log, segment) <= log.highWatermark;",
    replace: "return true;",
  },
  {
    name: "replication: compact by what is not replicated",
    exactly: ["cut-leader"],
    seconds: 60,
    seeds: 100,
    file: "src/log/compaction/compaction_plan.ts",
    find: "const bound = Math.min(log.lastStableOffset, log.recoveryPoint, log.active.baseOffset);",
    replace: "const bound = Math.min(log.recoveryPoint, log.active.baseOffset);",
  },
  {
    name: "replication: keep the epochs of what was cut off",
    exactly: ["cut-leader", "leader-after-leader"],
    seconds: 30,
    seeds: 60,
    file: "src/log/log_truncation.ts",
    find: "  log.epochs.truncateFromEnd(endOffset);\n",
    replace: "",
    // Who is told once more to cut where the log ends already would forget them then.
    and: [{
      file: "src/log/partition_log.ts",
      find: "      this.epochs.truncateFromEnd(this.logEndOffset);\n",
      replace: "",
    }],
  },
  {
    name: "replication: tell the end of the log for that of any epoch",
    file: "src/log/leader_epoch_cache.ts",
    find: "return { epoch, endOffset: entries[next]!.startOffset };",
    replace: "return { epoch, endOffset: logEndOffset };",
  },
  {
    name: "replication: follow without the producers",
    file: "src/log/partition_log.ts",
    find: "const refusal = this.#makeRoom(records.length, lastOffset, maxTimestamp);",
    replace: "this.producers.clear();\n" +
      "    const refusal = this.#makeRoom(records.length, lastOffset, maxTimestamp);",
  },
  {
    name: "replication: keep the producers of what was cut off",
    exactly: ["cut-leader", "leader-after-leader", "kill-leader"],
    seconds: 60,
    seeds: 100,
    file: "src/log/log_truncation.ts",
    find: "  await rebuildProducers(context, directory, {\n    producers,\n    snapshots: kept,",
    replace:
      "  if (endOffset < 0) await rebuildProducers(context, directory, {\n    producers,\n    snapshots: kept,",
  },
  {
    name: "replication: answer a commit before the followers have it",
    file: "src/broker/groups/shard_runner.ts",
    find: "if (replicated === true) this.#step",
    replace: "if (replicated !== null) this.#step",
  },
  {
    name: "replication: delete records only on the leader (KIP-107)",
    file: "src/broker/handlers/21_delete_records.ts",
    find: "const deleted = partition.deleted(target);",
    replace: "const deleted = partition.deleted(0);",
  },
  {
    name: "replication: take no notice of new partitions",
    file: "src/broker/replica_manager.ts",
    find: "if (topic.after !== null) this.#update(image, topic.after, topic.partitions);",
    replace: "const count = topic.before?.partitions.length ?? Infinity;\n" +
      "      const known = topic.partitions.filter((index) => index < count);\n" +
      "      if (topic.after !== null) this.#update(image, topic.after, known);",
  },
  {
    name: "replication: serve consumers all that a follower has (KIP-392)",
    file: "src/broker/partition_reads.ts",
    find: "return readCommitted ? partition.lastStableOffset : partition.highWatermark;",
    replace: "if (!partition.isLeader) return partition.log.logEndOffset;\n" +
      "  return readCommitted ? partition.lastStableOffset : partition.highWatermark;",
  },
  {
    name: "replication: leave out of a session what has grown (KIP-227)",
    file: "src/broker/replication/session_links.ts",
    find:
      "this.#links.changed.add(this.#wanted);\n    if (this.#wanted.isNamed) this.#links.waiting?.onReadable(bytes);",
    replace: "if (this.#wanted.isNamed) this.#links.waiting?.onReadable(bytes);",
  },
  {
    name: "replication: remember where a session began to fetch (KIP-227)",
    file: "src/broker/fetch_plan.ts",
    find: "known.fetchOffset = one.fetchOffset;",
    replace: "",
  },
];

export const mutations: readonly Mutation[] = [
  ...disks,
  ...upkeep,
  ...groups,
  ...replicas.map((mutation) => ({ nodes: "3..5", ...mutation })),
];
