/** All reads of one Fetch request at one moment, within the limits that it sets. */

import { type NodeId, nodeId } from "../core/ids.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { FetchRequest } from "../protocol/messages/01_fetch.ts";
import type { RequestContext } from "../server/registry.ts";
import type { BrokerContext } from "./context.ts";
import type { FetchPlan } from "./fetch_plan.ts";
import type { FetchedPartition } from "./fetch_session.ts";
import type { Partition } from "./partition.ts";
import {
  type Follower,
  type NearbyReader,
  type PartitionRead,
  readableEnd,
  readPartition,
} from "./partition_reads.ts";
import { readsNearby } from "./read_replicas.ts";

/** The isolation level that hides what undecided transactions hold back (KIP-98). */
const READ_COMMITTED = 1;
/** The first version in which a consumer says where it is (KIP-392). */
const FIRST_RACK_VERSION = 11;

/**
 * The most that one response gives a consumer, whatever it allows (50 MB, by Kafka's default): a response is put
 * together in memory, and one of this size finds its buffer there from the one before.
 */
const RESPONSE_BYTES = 3.5 * 1024 * 1024;

/** A request, who sent it, and what it asks for. */
export interface Fetch {
  readonly request: FetchRequest;
  readonly context: RequestContext;
  readonly plan: FetchPlan;
  /** The replica that fetches; null for consumers. */
  readonly follower: Follower | null;
  /** A consumer that may be served by a follower (KIP-392); null for others. */
  readonly nearby: NearbyReader | null;
  /** The follower serves consumers itself, and so should hear at once how far it may. */
  readonly tellsHighWatermark: boolean;
}

/** What is known of a request before anything is read. */
export function fetchOf(
  { config }: BrokerContext,
  request: FetchRequest,
  context: RequestContext,
  plan: FetchPlan,
): Fetch {
  const follower = followerOf(request);
  const isNearby = readsNearby(config);
  // From v11 on consumers know what to do when they are sent to a follower.
  const mayFollow = isNearby && follower === null && context.apiVersion >= FIRST_RACK_VERSION;
  return {
    request,
    context,
    plan,
    follower,
    nearby: mayFollow ? { rackId: request.rackId } : null,
    tellsHighWatermark: isNearby && follower !== null,
  };
}

/** Replicas name themselves, from v15 on with the epoch of their broker (KIP-903). */
function followerOf({ replicaId, replicaState }: FetchRequest): Follower | null {
  const id: NodeId = nodeId(replicaState.replicaId >= 0 ? replicaState.replicaId : replicaId);
  return id < 0 ? null : { id, brokerEpoch: replicaState.replicaEpoch };
}

/** What was read. */
export interface Round {
  readonly partitions: readonly FetchedPartition[];
  /** One for each of the partitions. */
  readonly reads: readonly PartitionRead[];
  readonly bytes: number;
  /** Something that the client should hear of at once: an error, or a diverging log. */
  readonly urgent: boolean;
}

/**
 * Reads these partitions; a promise once bytes of one of them have to come from a file. After a wait a request is
 * read again: `isFirst` is false then.
 */
export function readRound(
  broker: BrokerContext,
  fetch: Fetch,
  what: { readonly partitions: readonly FetchedPartition[]; readonly isFirst: boolean },
): Round | Promise<Round> {
  const round = new RoundBuilder(broker, fetch, what);
  const count = what.partitions.length;
  for (let index = 0; index < count; index++) {
    const read = round.read(index);
    if (read instanceof Promise) return readRest(round, read, { from: index + 1, to: count });
    round.add(read);
  }
  return round;
}

/** One after the other, because what one returns leaves less room for the next. */
async function readRest(
  round: RoundBuilder,
  pending: Promise<PartitionRead>,
  range: { readonly from: number; readonly to: number },
): Promise<Round> {
  round.add(await pending);
  for (let index = range.from; index < range.to; index++) round.add(await round.read(index));
  return round;
}

/** Whether more can be read by now than when the round was made: reading a file takes time. */
export function hasMovedOn(broker: BrokerContext, { plan, follower, request }: Fetch, round: Round): boolean {
  const links = plan.session?.links;
  if (links !== undefined && links !== null) {
    return links.toRead().some((wanted) => hasMore(findPartition(broker, plan, wanted), wanted));
  }
  const reader = { follower, readCommitted: isReadCommitted(request) };
  return round.partitions.some((wanted, index) => {
    const partition = findPartition(broker, plan, wanted);
    return partition === undefined || readableEnd(partition, reader) !== round.reads[index]!.readableTo;
  });
}

/** Whether a follower should get an answer about a partition at once; that it is replicated further can wait. */
function hasMore(partition: Partition | undefined, { fetchOffset }: FetchedPartition): boolean {
  return partition?.isLeader !== true || partition.log.logEndOffset > fetchOffset;
}

/** Whether the next fetch of the session has to look at a partition that has not changed since. */
export function isLeftOver(wanted: FetchedPartition, read: PartitionRead): boolean {
  return read.isThrottled || hasNews(wanted, read);
}

/** Whether an incremental response must mention a partition. */
export function hasNews(wanted: FetchedPartition, read: PartitionRead): boolean {
  return read.errorCode !== ErrorCode.NONE || read.records !== null || read.divergingEpoch !== undefined ||
    read.preferredReadReplica >= 0 || read.highWatermark !== wanted.toldHighWatermark ||
    read.logStartOffset !== wanted.toldLogStartOffset;
}

/** A replica of the partition that is here, led or not. */
export function findPartition(
  { replicas }: BrokerContext,
  { byTopicId }: FetchPlan,
  { topic, topicId, index }: FetchedPartition,
): Partition | undefined {
  return byTopicId ? replicas.findById(topicId, index) : replicas.find(topic, index);
}

function isReadCommitted(request: FetchRequest): boolean {
  return request.isolationLevel === READ_COMMITTED;
}

class RoundBuilder implements Round {
  readonly partitions: readonly FetchedPartition[];
  readonly reads: PartitionRead[] = [];
  bytes = 0;
  urgent = false;
  readonly #broker: BrokerContext;
  readonly #fetch: Fetch;
  readonly #isFirst: boolean;
  readonly #limitBytes: number;
  #leftBytes: number;

  constructor(
    broker: BrokerContext,
    fetch: Fetch,
    what: { readonly partitions: readonly FetchedPartition[]; readonly isFirst: boolean },
  ) {
    this.partitions = what.partitions;
    this.#broker = broker;
    this.#fetch = fetch;
    this.#isFirst = what.isFirst;
    const limit = fetch.follower === null
      ? Math.min(RESPONSE_BYTES, broker.config.get("fetch.max.bytes"))
      : Infinity;
    this.#leftBytes = this.#limitBytes = Math.max(0, Math.min(fetch.request.maxBytes, limit));
  }

  read(index: number): PartitionRead | Promise<PartitionRead> {
    const { plan, request, follower, nearby } = this.#fetch;
    const wanted = this.partitions[index]!;
    // From here on it counts what comes anew, also while bytes are read from a file.
    plan.session?.links?.changed.delete(wanted);
    return readPartition(this.#broker, wanted, {
      maxBytes: Math.min(this.#leftBytes, Math.max(0, wanted.maxBytes)),
      minOneBatch: this.bytes === 0,
      readCommitted: isReadCommitted(request),
      byTopicId: plan.byTopicId,
      follower,
      nearby,
      isFirst: this.#isFirst,
    });
  }

  add(read: PartitionRead): void {
    const wanted = this.partitions[this.reads.length]!;
    this.reads.push(read);
    const size = read.records?.byteLength ?? 0;
    this.bytes += size;
    const left = this.#leftBytes - size;
    // The last bit is not worth looking for a batch in each of the partitions that follow, perhaps on the disk.
    this.#leftBytes = left < this.#limitBytes / 100 ? 0 : left;
    const isRefused = read.errorCode !== ErrorCode.NONE || read.divergingEpoch !== undefined;
    if (isRefused || read.preferredReadReplica >= 0) this.urgent = true;
    if (this.#fetch.tellsHighWatermark && read.highWatermark !== wanted.toldHighWatermark) this.urgent = true;
    this.#keepInMind(wanted, read);
  }

  /** For what there was no room, the next fetch of the session looks again; what was given is asked on by name. */
  #keepInMind(wanted: FetchedPartition, read: PartitionRead): void {
    const links = this.#fetch.plan.session?.links;
    if (links === undefined || links === null) return;
    if (read.records !== null) wanted.isNamed = false;
    else if (read.errorCode === ErrorCode.NONE && read.readableTo > wanted.fetchOffset) {
      links.changed.add(wanted);
    }
  }
}
