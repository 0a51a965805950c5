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

export const mutations: readonly Mutation[] = [
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
    file: "src/log/log_directory.ts",
    find: "this.#disk.remove(path);\n    // It must",
    replace: "// It must",
  },
  {
    name: "leave a torn end in place",
    file: "src/log/recovery.ts",
    find: "if (end < segment.sizeBytes) segment.truncate(end);",
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
