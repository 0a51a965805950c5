/** Reads one partition from an offset on, and holds everything it is told against what is known. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetch } from "../../protocol/messages/01_fetch.ts";
import { listOffsets } from "../../protocol/messages/02_list_offsets.ts";
import type { Decoded } from "../../protocol/schema.ts";
import type {
  Bounds,
  Moment,
  PartitionHistory,
  ReadRecord,
  ReplicatedEnd,
} from "../model/partition_history.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import { readBatches } from "./batches.ts";
import type { ClientContext } from "./client_context.ts";
import type { Session } from "./session.ts";

type Answer = Decoded<typeof fetch["response"]>["responses"][number]["partitions"][number];

const LATEST = -1;
const EARLIEST = -2;
/** How long an answer may take without faults, in virtual microseconds. */
const PROMPT_US = 200_000;
/**
 * How much longer with followers: a new leader knows how far it may let consumers read when they have fetched from it,
 * which they do when the last of their fetches is answered (`replica.fetch.wait.max.ms`).
 */
const FOLLOWERS_US = 500_000;

/** What was known when a fetch was sent. */
interface Asked {
  readonly position: number;
  readonly since: Moment;
  readonly leaderEpoch: number;
  /** A follower was asked. */
  readonly isNear: boolean;
  /** What this leader had told before. */
  readonly floors: Bounds;
  /** What any leader had told before. */
  readonly end: ReplicatedEnd;
}

export class PartitionReader {
  readonly topic: KnownTopic;
  readonly partition: number;
  readonly history: PartitionHistory;
  /** The next offset to read. */
  position: number;
  /** What the last answer said. */
  bounds: Bounds = { highWatermark: 0, logStartOffset: 0 };
  /** Whether an answer has come since this was last set to false. */
  answered = false;
  /** How often the position had to move because what was there is gone. */
  resets = 0;
  readonly #context: ClientContext;
  readonly #session: Session;
  readonly #rackId: string;
  /** The follower that the leader has told to read from; -1 for none. */
  #follower = -1;

  constructor(
    context: ClientContext,
    session: Session,
    place: {
      readonly topic: KnownTopic;
      readonly partition: number;
      readonly position: number;
      /** The rack of the reader, who reads from a replica there if there is one (KIP-392). */
      readonly rackId?: string;
    },
  ) {
    this.#context = context;
    this.#session = session;
    this.topic = place.topic;
    this.partition = place.partition;
    this.position = place.position;
    this.#rackId = place.rackId ?? "";
    this.history = context.history(place.topic, place.partition);
  }

  #require(holds: boolean, rule: string, detail: () => string): void {
    this.#context.world.findings.require(
      holds || this.history.closed,
      rule,
      () => `${this.history.label}: ${detail()}`,
    );
  }

  /** Fetches once; the records that are new, none when there was no answer or an error. */
  async poll(wait: { readonly maxWaitMs: number; readonly maxBytes: number }): Promise<ReadRecord[]> {
    const leader = await this.#session.leader(this.topic, this.partition);
    if (leader === null) return [];
    const follower = this.#follower;
    this.#follower = -1;
    const near = follower < 0 ? null : await this.#session.node(follower);
    const { leaderEpoch } = leader;
    const asked = {
      isNear: near !== null,
      position: this.position,
      since: this.#context.now(),
      leaderEpoch,
      floors: this.history.floorsOf(leaderEpoch),
      end: this.history.replicatedEnd,
    };
    const { name, id } = this.topic;
    const response = await this.#session.sendOn(near ?? leader.connection, fetch, {
      maxWaitMs: wait.maxWaitMs,
      minBytes: 1,
      rackId: this.#rackId,
      topics: [{
        topic: name,
        topicId: id,
        partitions: [{
          partition: this.partition,
          currentLeaderEpoch: leaderEpoch,
          fetchOffset: this.position,
          partitionMaxBytes: wait.maxBytes,
        }],
      }],
    }, { timeoutMs: wait.maxWaitMs + 3000 });
    const answer = response?.responses[0]?.partitions[0];
    if (answer?.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      // A follower may be behind; the leader knows better.
      if (!asked.isNear) await this.#onOutOfRange(asked);
      return [];
    }
    if (answer?.errorCode !== ErrorCode.NONE) {
      if (answer !== undefined) {
        this.#context.note("fetch", this.history.label, asked.position, "error", answer.errorCode);
      }
      await this.#session.onLeaderTrouble(this.topic, this.partition);
      return [];
    }
    if (answer.preferredReadReplica >= 0) {
      this.#follower = answer.preferredReadReplica;
      this.#context.note("read", this.history.label, "from", this.#follower);
      return [];
    }
    // One that is asked again and again stays until something is wrong with it.
    if (asked.isNear) this.#follower = follower;
    return this.#take(answer, asked);
  }

  #take(answer: Answer, asked: Asked): ReadRecord[] {
    const { highWatermark, logStartOffset } = answer;
    this.bounds = { highWatermark, logStartOffset };
    if (!asked.isNear) this.history.onBounds(this.bounds, asked);
    this.answered = true;
    const all = readBatches(answer.records ?? new Uint8Array(0), (offset) => {
      this.#require(false, "records are what was sent", () => `the value at ${offset} is damaged`);
    });
    const records = all.records.filter(({ offset }) => offset >= asked.position);
    this.#require(
      all.nextOffset > asked.position || highWatermark <= asked.position,
      "what can be read is given",
      () => `nothing from ${asked.position} on, the high watermark is ${highWatermark}`,
    );
    records.forEach(({ offset, name }, index) => {
      this.#require(
        offset === asked.position + index || this.topic.compacts,
        "consumers see no gaps",
        () => `${name} at ${offset} follows when ${asked.position + index} was wanted`,
      );
      this.#require(
        offset < highWatermark,
        "consumers read below the high watermark",
        () => `${name} at ${offset}, the high watermark is ${highWatermark}`,
      );
      this.history.onRead({ offset, name }, asked.since);
    });
    if (records.length > 0) {
      this.#context.note("read", this.history.label, asked.position, records.length, highWatermark);
    }
    this.#checkPromptness(records[0], asked);
    this.position = Math.max(asked.position, all.nextOffset);
    return records;
  }

  /** A fetch that waits must be answered when there is something, not when its time is up. */
  #checkPromptness(record: ReadRecord | undefined, { since, isNear }: Asked): void {
    if (record === undefined || isNear || since.nowUs < this.#context.healedUs) return;
    const knownUs = Math.max(this.history.ackedUs(record.name), since.nowUs);
    const { nowUs } = this.#context.now();
    this.#require(
      nowUs - knownUs < PROMPT_US + (this.topic.replicationFactor > 1 ? FOLLOWERS_US : 0),
      "a fetch that waits is answered at once",
      () => `${record.name} could be read ${Math.round((nowUs - knownUs) / 1000)} ms before it was given`,
    );
  }

  /** Asks where the log ends, which may not move back. */
  async askForEnd(): Promise<void> {
    await this.#listOffset(LATEST);
  }

  async #onOutOfRange({ position, leaderEpoch, end }: Asked): Promise<void> {
    // Whoever leads no more, and does not know it yet, has not heard of what his successors were told.
    if (leaderEpoch < end.leaderEpoch) return await this.#session.onLeaderTrouble(this.topic, this.partition);
    const mayBeGone = position < this.history.deletedBelow || !this.topic.isDurable;
    this.#require(
      mayBeGone || position > end.offset,
      "what was there stays there",
      () => `${position} is out of range`,
    );
    const earliest = await this.#listOffset(EARLIEST);
    const latest = await this.#listOffset(LATEST);
    if (earliest === null || latest === null) return;
    this.#context.note("out of range", this.history.label, position, earliest, latest);
    if (latest < this.position) this.resets++;
    this.position = Math.min(Math.max(position, earliest), latest);
  }

  async #listOffset(timestamp: number): Promise<number | null> {
    const place = await this.#session.leader(this.topic, this.partition);
    if (place === null) return null;
    const end = this.history.replicatedEnd;
    const { connection, leaderEpoch: currentLeaderEpoch } = place;
    const partitions = [{ partitionIndex: this.partition, currentLeaderEpoch, timestamp }];
    const response = await this.#session.sendOn(connection, listOffsets, {
      replicaId: -1,
      topics: [{ name: this.topic.name, partitions }],
    });
    const answer = response?.topics[0]?.partitions[0];
    if (answer?.errorCode !== ErrorCode.NONE) {
      await this.#session.onLeaderTrouble(this.topic, this.partition);
      return null;
    }
    if (timestamp === LATEST) this.history.onLatest(answer.offset, currentLeaderEpoch, end);
    return answer.offset;
  }
}
