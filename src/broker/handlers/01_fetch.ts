/**
 * Fetch (1): reads record batches, waiting until `minBytes` can be read or `maxWaitMs` have passed.
 *
 * v7+: incremental sessions (KIP-227). v9+: leader epochs are checked (KIP-320). v12+: divergence of a client's log
 * is told (KIP-595). v13+: topics by id (KIP-516). At least one batch is returned even above all byte limits, or a
 * consumer could never pass a large one; a fetch from inside a batch returns the whole batch.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetch, type FetchResponse } from "../../protocol/messages/01_fetch.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { type CurrentLeader, CurrentLeaders } from "../current_leaders.ts";
import { planFetch } from "../fetch_plan.ts";
import {
  type Fetch,
  fetchOf,
  findPartition,
  hasMovedOn,
  hasNews,
  isLeftOver,
  readRound,
  type Round,
} from "../fetch_round.ts";
import { type FetchedPartition, type FetchSession, sessionKey } from "../fetch_session.ts";
import { type FetchPlace, type FetchWait, FetchWatch } from "../fetch_watch.ts";
import type { PartitionRead } from "../partition_reads.ts";

type Topic = FetchResponse["responses"][number];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function fetchHandler(broker: BrokerContext): Handler {
  return handler(fetch, (request, context) => {
    const plan = planFetch(broker, request, context);
    if (typeof plan === "number") return { errorCode: plan, sessionId: 0, responses: [] };
    const incoming = fetchOf(broker, request, context, plan);
    if (incoming.follower !== null) broker.replicas.onHeard(incoming.follower.id);
    const round = readRound(broker, incoming, { partitions: plan.partitions, isFirst: true });
    const decide = (first: Round) => answerOrWait(broker, incoming, first);
    return round instanceof Promise ? round.then(decide) : decide(round);
  });
}

function answerOrWait(
  broker: BrokerContext,
  fetch: Fetch,
  round: Round,
): FetchResponse | Promise<FetchResponse> {
  const { request, plan } = fetch;
  const enough = round.urgent || round.bytes >= request.minBytes || request.maxWaitMs <= 0;
  const isEmpty = plan.partitions.length === 0 && (plan.session?.partitions.size ?? 0) === 0;
  // Once a follower knows its session, what it comes to follow later need not wait for this answer.
  const begins = fetch.follower !== null && plan.session !== null && !plan.incremental;
  // A watch set now would not hear of what has come since the first partition was read.
  if (enough || isEmpty || begins || hasMovedOn(broker, fetch, round)) return respond(broker, fetch, round);
  return waitThenAnswer(broker, fetch, round);
}

/** Whatever the first round found is left for the last, which reads again what has changed, or else everything. */
function waitThenAnswer(broker: BrokerContext, fetch: Fetch, first: Round): Promise<FetchResponse> {
  const { request, context, plan, follower, tellsHighWatermark } = fetch;
  const { session } = plan;
  const links = session?.links ?? null;
  if (links !== null) {
    first.partitions.forEach((one, index) => isLeftOver(one, first.reads[index]!) && links.changed.add(one));
  }
  return new Promise((resolve, reject) => {
    const wait: FetchWait = {
      missingBytes: request.minBytes - first.bytes,
      maxWaitMs: Math.min(request.maxWaitMs, MAX_WAIT_MS),
      atEndOfTurn: follower !== null,
      wantsHighWatermark: tellsHighWatermark,
    };
    const places = links === null ? placesOf(broker, fetch) : [];
    const watch = new FetchWatch(places, wait, broker.platform.timers, () => {
      takeBack();
      if (session?.waiting === watch) setWaiting(session, null);
      // Called in the middle of somebody else's append: a failure here must stay here.
      try {
        const partitions = links === null ? plan.partitions : links.toRead();
        const round = readRound(broker, fetch, { partitions, isFirst: false });
        if (round instanceof Promise) round.then((loaded) => resolve(respond(broker, fetch, loaded)), reject);
        else resolve(respond(broker, fetch, round));
      } catch (error) {
        reject(error);
      }
    });
    const takeBack = context.connection.onClose(() => watch.abandon());
    if (session !== null) setWaiting(session, watch);
  });
}

function placesOf(broker: BrokerContext, { plan, follower }: Fetch): FetchPlace[] {
  const places: FetchPlace[] = [];
  for (const wanted of plan.partitions) {
    const partition = findPartition(broker, plan, wanted);
    if (partition !== undefined) places.push(follower === null ? partition.readers : partition.replicas);
  }
  return places;
}

function setWaiting(session: FetchSession, watch: FetchWatch | null): void {
  session.waiting = watch;
  if (session.links !== null) session.links.waiting = watch;
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
  round.partitions.forEach((wanted, index) => {
    const read = round.reads[index]!;
    if (read.isThrottled) session?.links?.changed.add(wanted);
    if (plan.incremental && !hasNews(wanted, read)) return;
    countRead(broker, fetch, wanted, read);
    wanted.toldHighWatermark = read.highWatermark;
    wanted.toldLogStartOffset = read.logStartOffset;
    if (session?.links === null && read.records !== null) withData.push(sessionKey(plan.byTopicId, wanted));
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
  countThrottled(broker, fetch, wanted, read);
}

/** What goes to throttled followers that are not in sync counts against the leader's quota (KIP-73). */
function countThrottled(
  broker: BrokerContext,
  { plan, follower }: Fetch,
  wanted: FetchedPartition,
  { records }: PartitionRead,
): void {
  if (follower === null || records === null) return;
  const partition = findPartition(broker, plan, wanted);
  if (partition?.settings.throttled.leader !== true || partition.isWaitedFor(follower.id)) return;
  broker.replicas.quotas.leader.record(records.byteLength);
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
