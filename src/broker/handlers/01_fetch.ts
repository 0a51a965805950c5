/**
 * Fetch (1): reads record batches, waiting until `minBytes` can be read or `maxWaitMs` have passed.
 *
 * v7+: incremental sessions (KIP-227). v9+: leader epochs are checked (KIP-320). v12+: divergence of a client's log
 * is told (KIP-595). v13+: topics by id (KIP-516). At least one batch is returned even above all byte limits, or a
 * consumer could never pass a large one; a fetch from inside a batch returns the whole batch.
 */

import { nodeId } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetch, type FetchRequest, type FetchResponse } from "../../protocol/messages/01_fetch.ts";
import { type Handler, handler, type RequestContext } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { type CurrentLeader, CurrentLeaders } from "../current_leaders.ts";
import { type FetchPlan, planFetch } from "../fetch_plan.ts";
import { type FetchedPartition, sessionKey } from "../fetch_session.ts";
import { type FetchPlace, type FetchWait, FetchWatch } from "../fetch_watch.ts";
import {
  type Follower,
  type NearbyReader,
  type PartitionRead,
  readableEnd,
  readPartition,
} from "../partition_reads.ts";
import type { Partition } from "../partition.ts";
import { readsNearby } from "../read_replicas.ts";

type Topic = FetchResponse["responses"][number];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The isolation level that hides what undecided transactions hold back (KIP-98). */
const READ_COMMITTED = 1;

/** The first version in which a consumer says where it is (KIP-392). */
const FIRST_RACK_VERSION = 11;

/** All reads of one request, at one moment. */
interface Round {
  readonly reads: readonly PartitionRead[];
  readonly bytes: number;
  /** Something that the client should hear of at once: an error, or a diverging log. */
  readonly urgent: boolean;
}

export function fetchHandler(broker: BrokerContext): Handler {
  return handler(fetch, (request, context) => {
    const plan = planFetch(broker, request, context.apiVersion);
    if (typeof plan === "number") return { errorCode: plan, sessionId: 0, responses: [] };
    const follower = followerOf(request);
    const nearby = follower === null ? nearbyReader(broker, request, context) : null;
    const incoming = { request, context, plan, follower, nearby };
    const round = readAll(broker, incoming, { isFirst: true });
    const decide = (first: Round) => answerOrWait(broker, incoming, first);
    return round instanceof Promise ? round.then(decide) : decide(round);
  });
}

interface Fetch {
  readonly request: FetchRequest;
  readonly context: RequestContext;
  readonly plan: FetchPlan;
  /** The replica that fetches; null for consumers. */
  readonly follower: Follower | null;
  /** A consumer that may be served by a follower (KIP-392); null for others. */
  readonly nearby: NearbyReader | null;
}

/** From v11 on consumers know what to do when they are sent to a follower. */
function nearbyReader(
  { config }: BrokerContext,
  { rackId }: FetchRequest,
  { apiVersion }: RequestContext,
): NearbyReader | null {
  return apiVersion >= FIRST_RACK_VERSION && readsNearby(config) ? { rackId } : null;
}

/** Replicas name themselves, from v15 on with the epoch of their broker (KIP-903). */
function followerOf({ replicaId, replicaState }: FetchRequest): Follower | null {
  const id = replicaState.replicaId >= 0 ? replicaState.replicaId : replicaId;
  return id < 0 ? null : { id: nodeId(id), brokerEpoch: replicaState.replicaEpoch };
}

function answerOrWait(
  broker: BrokerContext,
  fetch: Fetch,
  round: Round,
): FetchResponse | Promise<FetchResponse> {
  const { request, plan } = fetch;
  const enough = round.urgent || round.bytes >= request.minBytes || request.maxWaitMs <= 0;
  // Reading a file takes time: a watch set now would not hear of what has come since the first partition was read.
  if (enough || plan.partitions.length === 0 || hasMovedOn(broker, fetch, round)) {
    return respond(broker, fetch, round);
  }
  return waitThenAnswer(broker, fetch, request.minBytes - round.bytes);
}

/** Whether more can be read by now than when the round was made. */
function hasMovedOn(broker: BrokerContext, { plan, follower, request }: Fetch, round: Round): boolean {
  const reader = { follower, readCommitted: isReadCommitted(request) };
  return plan.partitions.some((wanted, index) => {
    const partition = findPartition(broker, plan, wanted);
    return partition === undefined || readableEnd(partition, reader) !== round.reads[index]!.readableTo;
  });
}

function isReadCommitted(request: FetchRequest): boolean {
  return request.isolationLevel === READ_COMMITTED;
}

function findPartition(
  { replicas }: BrokerContext,
  { byTopicId }: FetchPlan,
  { topic, topicId, index }: FetchedPartition,
): Partition | undefined {
  return byTopicId ? replicas.findById(topicId, index) : replicas.find(topic, index);
}

/** Reads all partitions of the plan; a promise once bytes of one of them have to come from a file. */
function readAll(
  broker: BrokerContext,
  fetch: Fetch,
  { isFirst }: { readonly isFirst: boolean },
): Round | Promise<Round> {
  const round = new RoundBuilder(broker, fetch, isFirst);
  const { plan } = fetch;
  for (let index = 0; index < plan.partitions.length; index++) {
    const read = round.read(index);
    if (read instanceof Promise) {
      return readRest(round, read, { from: index + 1, to: plan.partitions.length });
    }
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

class RoundBuilder implements Round {
  readonly reads: PartitionRead[] = [];
  bytes = 0;
  urgent = false;
  readonly #broker: BrokerContext;
  readonly #fetch: Fetch;
  readonly #isFirst: boolean;
  readonly #tellsHighWatermark: boolean;
  #leftBytes: number;

  constructor(broker: BrokerContext, fetch: Fetch, isFirst: boolean) {
    this.#broker = broker;
    this.#fetch = fetch;
    this.#isFirst = isFirst;
    this.#tellsHighWatermark = fetch.follower !== null && readsNearby(broker.config);
    const { maxBytes } = fetch.request;
    const limit = fetch.follower === null ? broker.config.get("fetch.max.bytes") : Infinity;
    this.#leftBytes = Math.max(0, Math.min(maxBytes, limit));
  }

  read(index: number): PartitionRead | Promise<PartitionRead> {
    const { plan, request, follower, nearby } = this.#fetch;
    const wanted = plan.partitions[index]!;
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
    this.reads.push(read);
    const size = read.records?.byteLength ?? 0;
    this.bytes += size;
    this.#leftBytes = Math.max(0, this.#leftBytes - size);
    const isRefused = read.errorCode !== ErrorCode.NONE || read.divergingEpoch !== undefined;
    if (isRefused || read.preferredReadReplica >= 0 || this.#isNewsToFollower(read)) this.urgent = true;
  }

  /** A follower that serves consumers should hear at once how far it may; others hear it with the next records. */
  #isNewsToFollower({ highWatermark }: PartitionRead): boolean {
    if (!this.#tellsHighWatermark) return false;
    return highWatermark !== this.#fetch.plan.partitions[this.reads.length - 1]!.toldHighWatermark;
  }
}

function waitThenAnswer(
  broker: BrokerContext,
  fetch: Fetch,
  missingBytes: number,
): Promise<FetchResponse> {
  const { request, context, plan, follower } = fetch;
  return new Promise((resolve, reject) => {
    const places: FetchPlace[] = [];
    for (const wanted of plan.partitions) {
      const partition = findPartition(broker, plan, wanted);
      if (partition !== undefined) places.push(follower === null ? partition.readers : partition.replicas);
    }
    const wait: FetchWait = {
      missingBytes,
      maxWaitMs: Math.min(request.maxWaitMs, MAX_WAIT_MS),
      atEndOfTurn: follower !== null,
      wantsHighWatermark: follower !== null && readsNearby(broker.config),
    };
    const watch = new FetchWatch(places, wait, broker.platform.timers, () => {
      takeBack();
      if (plan.session?.waiting === watch) plan.session.waiting = null;
      // Called in the middle of somebody else's append: a failure here must stay here.
      try {
        const round = readAll(broker, fetch, { isFirst: false });
        if (round instanceof Promise) round.then((loaded) => resolve(respond(broker, fetch, loaded)), reject);
        else resolve(respond(broker, fetch, round));
      } catch (error) {
        reject(error);
      }
    });
    const takeBack = context.connection.onClose(() => watch.abandon());
    if (plan.session !== null) plan.session.waiting = watch;
  });
}

/** No client waits longer; a larger number is a mistake that would only hold memory. */
const MAX_WAIT_MS = 15 * 60 * 1000;

function respond(broker: BrokerContext, fetch: Fetch, round: Round): FetchResponse {
  const { plan } = fetch;
  const leaders = new CurrentLeaders(broker, fetch.context);
  const responses: { topic: string; topicId: string; partitions: Mutable<Topic["partitions"][number]>[] }[] =
    [];
  const { session } = plan;
  const withData: string[] = [];
  plan.partitions.forEach((wanted, index) => {
    const read = round.reads[index]!;
    if (plan.incremental && !hasNews(wanted, read)) return;
    countRead(broker, fetch, wanted, read);
    wanted.toldHighWatermark = read.highWatermark;
    wanted.toldLogStartOffset = read.logStartOffset;
    if (session !== null && read.records !== null) withData.push(sessionKey(plan.byTopicId, wanted));
    let topic = responses.at(-1);
    if (topic === undefined || topic.topic !== wanted.topic || topic.topicId !== wanted.topicId) {
      topic = { topic: wanted.topic, topicId: wanted.topicId, partitions: [] };
      responses.push(topic);
    }
    topic.partitions.push(describe(wanted, read, leaders.of(wanted, read.errorCode)));
  });
  for (const key of withData) session?.moveToEnd(key);
  const sessionId = session?.id ?? 0;
  return { errorCode: ErrorCode.NONE, sessionId, responses, nodeEndpoints: leaders.endpoints() };
}

function countRead(broker: BrokerContext, fetch: Fetch, wanted: FetchedPartition, read: PartitionRead): void {
  const isFailure = read.errorCode !== ErrorCode.NONE;
  broker.replicas.counters.onRead(findPartition(broker, fetch.plan, wanted)?.traffic, {
    bytes: read.records?.byteLength ?? 0,
    records: read.records === null ? 0 : read.records.endOffset - wanted.fetchOffset,
    isFailure,
    isReplica: fetch.follower !== null,
  });
}

/** Whether an incremental response must mention a partition. */
function hasNews(wanted: FetchedPartition, read: PartitionRead): boolean {
  return read.errorCode !== ErrorCode.NONE || read.records !== null || read.divergingEpoch !== undefined ||
    read.preferredReadReplica >= 0 || read.highWatermark !== wanted.toldHighWatermark ||
    read.logStartOffset !== wanted.toldLogStartOffset;
}

const noBytes = new Uint8Array(0);

function describe(
  wanted: FetchedPartition,
  read: PartitionRead,
  currentLeader: CurrentLeader | undefined,
): Topic["partitions"][number] {
  return {
    partitionIndex: wanted.index,
    errorCode: read.errorCode,
    highWatermark: read.highWatermark,
    lastStableOffset: read.lastStableOffset,
    logStartOffset: read.logStartOffset,
    divergingEpoch: read.divergingEpoch,
    currentLeader,
    preferredReadReplica: read.preferredReadReplica,
    abortedTransactions: read.abortedTransactions,
    records: read.records ?? noBytes,
  };
}
