/**
 * Tells the controller which of this broker's log directories its replicas are in, where the metadata log says
 * otherwise (AssignReplicasToDirs, KIP-858): a broker with several chooses by itself, and one whose disk was replaced
 * has its replicas in a directory of another id. Only a replica whose directory is known to work may lead.
 */

import { messageOf } from "../core/errors.ts";
import type { Uuid } from "../core/ids.ts";
import type { Logger } from "../core/logger.ts";
import type { MetadataChange } from "../metadata/change.ts";
import type { MetadataImage, TopicImage } from "../metadata/image.ts";
import type { Timers } from "../platform/platform.ts";
import { ErrorCode, errorInfo } from "../protocol/error_codes.ts";
import { assignReplicasToDirs } from "../protocol/messages/73_assign_replicas_to_dirs.ts";
import type { ControllerChannel } from "./controller_channel.ts";
import type { Partition } from "./partition.ts";

export interface DirectoryAssignmentsParts {
  readonly broker: () => { readonly id: number; readonly epoch: number };
  readonly channel: ControllerChannel;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly image: () => MetadataImage;
  readonly find: (topic: string, index: number) => Partition | undefined;
  /** The id of the directory that a partition's log is in. */
  readonly directoryOf: (partition: Partition) => Uuid | undefined;
}

const RETRY_MS = 500;
/** As many as Kafka puts in one request. */
const MAX_PER_REQUEST = 2_000;

interface Assignment {
  readonly topicId: Uuid;
  readonly index: number;
  readonly directory: Uuid;
}

export class DirectoryAssignments {
  readonly #parts: DirectoryAssignmentsParts;
  /** Partitions to look at, by topic id and index. */
  readonly #pending = new Map<string, readonly [topicId: Uuid, index: number]>();
  #isSending = false;
  #stopped = false;

  constructor(parts: DirectoryAssignmentsParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Takes the metadata that is in force on this broker now. */
  onMetadata(change: MetadataChange): void {
    for (const { after, partitions } of change.topics.values()) {
      if (after === null) continue;
      for (const index of partitions) {
        if (this.#assignmentOf(after, index) !== null) this.#add(after.id, index);
      }
    }
    this.#sendPending();
  }

  /** A partition is in another directory than the metadata say. */
  tell({ topicId, index }: Partition): void {
    this.#add(topicId, index);
    this.#sendPending();
  }

  #add(topicId: Uuid, index: number): void {
    this.#pending.set(`${topicId}-${index}`, [topicId, index]);
  }

  #sendPending(): void {
    if (this.#pending.size > 0 && !this.#isSending && !this.#stopped) void this.#sendAll();
  }

  /** What to tell of a partition; null when the metadata is right or the replica is not here. */
  #assignmentOf(topic: TopicImage | undefined, index: number): Assignment | null {
    const partition = topic?.partitions[index];
    const at = partition?.replicas.indexOf(this.#parts.broker().id as never) ?? -1;
    if (topic === undefined || partition === undefined || at < 0) return null;
    const here = this.#parts.find(topic.name, index);
    const directory = here === undefined ? undefined : this.#parts.directoryOf(here);
    if (directory === undefined || directory === partition.directories[at]) return null;
    return { topicId: topic.id, index, directory };
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    // Everything that one image brings goes in one request.
    await this.#parts.timers.yield();
    while (this.#pending.size > 0 && !this.#stopped) {
      const batch = this.#take();
      if (batch.length === 0 || await this.#send(batch)) continue;
      for (const { topicId, index } of batch) this.#add(topicId, index);
      await this.#parts.timers.sleep(RETRY_MS);
    }
    this.#isSending = false;
  }

  #take(): Assignment[] {
    const { byId } = this.#parts.image().topics;
    const batch: Assignment[] = [];
    for (const [key, [topicId, index]] of this.#pending) {
      if (batch.length === MAX_PER_REQUEST) break;
      this.#pending.delete(key);
      const assignment = this.#assignmentOf(byId.get(topicId), index);
      if (assignment !== null) batch.push(assignment);
    }
    return batch;
  }

  /** Resolves with false when it should be sent again. */
  async #send(batch: readonly Assignment[]): Promise<boolean> {
    const { channel, logger, broker } = this.#parts;
    const { id: brokerId, epoch: brokerEpoch } = broker();
    const directories = [...Map.groupBy(batch, ({ directory }) => directory)].map(([id, inDirectory]) => ({
      id,
      topics: [...Map.groupBy(inDirectory, ({ topicId }) => topicId)].map(([topicId, ofTopic]) => ({
        topicId,
        partitions: ofTopic.map(({ index }) => ({ partitionIndex: index })),
      })),
    }));
    try {
      const { errorCode } = await channel.send(assignReplicasToDirs, { brokerId, brokerEpoch, directories });
      if (errorCode === ErrorCode.NONE) return true;
      logger.debug("the controller did not take the directories of replicas", {
        reason: errorInfo(errorCode).name,
      });
      // Without the feature level nobody needs to know.
      return errorCode === ErrorCode.UNSUPPORTED_VERSION;
    } catch (error) {
      logger.debug("could not tell the directories of replicas", { reason: messageOf(error) });
      return false;
    }
  }
}
