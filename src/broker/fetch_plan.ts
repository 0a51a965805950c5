/** What a Fetch request really asks for: what it says, or what its session remembers changed by what it says. */

import type { FetchRequest } from "../protocol/messages/01_fetch.ts";
import type { RequestContext } from "../server/registry.ts";
import type { BrokerContext } from "./context.ts";
import {
  type FetchedPartition,
  type FetchSession,
  FINAL_EPOCH,
  INITIAL_EPOCH,
  sessionKey,
} from "./fetch_session.ts";

/** The partitions to read, and the session that they belong to. */
export interface FetchPlan {
  readonly session: FetchSession | null;
  /** Answer only partitions with news. */
  readonly incremental: boolean;
  readonly byTopicId: boolean;
  readonly partitions: readonly FetchedPartition[];
}

/** The first version that names topics by id. */
const FIRST_TOPIC_ID_VERSION = 13;

/** Resolves a request into a plan, or into the error code that makes the client begin a new session. */
export function planFetch(
  broker: BrokerContext,
  request: FetchRequest,
  context: RequestContext,
): FetchPlan | number {
  const byTopicId = context.apiVersion >= FIRST_TOPIC_ID_VERSION;
  const { sessionId, sessionEpoch } = request;
  if (sessionEpoch === FINAL_EPOCH || sessionEpoch === INITIAL_EPOCH) {
    if (sessionId !== 0) broker.fetchSessions.remove(sessionId);
    const session = sessionEpoch === FINAL_EPOCH ? null : beginSession(broker, request, context);
    const partitions = requestedPartitions(broker, request, byTopicId);
    if (session !== null) { for (const one of partitions) name(broker, session, one); }
    return { session, incremental: false, byTopicId, partitions: toRead(session, partitions) };
  }
  const nowMs = broker.platform.clock.monotonicMs();
  const session = broker.fetchSessions.use(sessionId, sessionEpoch, { usesTopicIds: byTopicId, nowMs });
  if (typeof session === "number") return session;
  // Answers go out in the order of their requests: one that waits would hold this one up.
  session.waiting?.finish();
  updateSession(broker, session, request);
  const partitions = session.links === null ? [...session.partitions.values()] : [];
  return { session, incremental: true, byTopicId, partitions: toRead(session, partitions) };
}

/** Whether a replica asks, and not a consumer. */
export function isFollower({ replicaId, replicaState }: FetchRequest): boolean {
  return replicaId >= 0 || replicaState.replicaId >= 0;
}

function beginSession(
  { platform, config, fetchSessions }: BrokerContext,
  request: FetchRequest,
  { apiVersion, connection }: RequestContext,
): FetchSession | null {
  const kind = { usesTopicIds: apiVersion >= FIRST_TOPIC_ID_VERSION, isFollower: isFollower(request) };
  const maxSessions = config.get("max.incremental.fetch.session.cache.slots");
  const session = fetchSessions.create(kind, platform.clock.monotonicMs(), maxSessions);
  // A follower that comes back begins anew; what its old session listened to would cost something with every append.
  if (session !== null && session.links !== null) connection.onClose(() => fetchSessions.remove(session.id));
  return session;
}

/** What has to be looked at: of a follower's session only what has changed. */
function toRead(
  session: FetchSession | null,
  partitions: readonly FetchedPartition[],
): readonly FetchedPartition[] {
  return session === null || session.links === null ? partitions : session.links.toRead();
}

/** Puts a partition into its session, or takes what the client says of it now. */
function name(broker: BrokerContext, session: FetchSession, one: FetchedPartition): void {
  const key = sessionKey(session.usesTopicIds, one);
  const known = session.partitions.get(key);
  if (known === undefined) session.partitions.set(key, one);
  else {
    known.currentLeaderEpoch = one.currentLeaderEpoch;
    known.fetchOffset = one.fetchOffset;
    known.lastFetchedEpoch = one.lastFetchedEpoch;
    known.logStartOffset = one.logStartOffset;
    known.maxBytes = one.maxBytes;
    known.isNamed = true;
  }
  if (session.links === null) return;
  const { replicas } = broker;
  const { topic, topicId, index } = one;
  const partition = session.usesTopicIds ? replicas.findById(topicId, index) : replicas.find(topic, index);
  session.links.name(known ?? one, partition?.replicas);
}

function requestedPartitions(
  broker: BrokerContext,
  request: FetchRequest,
  byTopicId: boolean,
): FetchedPartition[] {
  const found: FetchedPartition[] = [];
  for (const topic of request.topics) {
    const name = byTopicId ? broker.metadata.topicById(topic.topicId)?.name ?? "" : topic.topic;
    for (const one of topic.partitions) {
      found.push({
        topic: name,
        topicId: topic.topicId,
        index: one.partition,
        currentLeaderEpoch: one.currentLeaderEpoch,
        fetchOffset: one.fetchOffset,
        lastFetchedEpoch: one.lastFetchedEpoch,
        logStartOffset: one.logStartOffset,
        maxBytes: one.partitionMaxBytes,
        toldHighWatermark: -1,
        toldLogStartOffset: -1,
        isNamed: true,
      });
    }
  }
  return found;
}

function updateSession(broker: BrokerContext, session: FetchSession, request: FetchRequest): void {
  const byTopicId = session.usesTopicIds;
  for (const one of requestedPartitions(broker, request, byTopicId)) name(broker, session, one);
  for (const topic of request.forgottenTopicsData) {
    for (const index of topic.partitions) {
      const key = `${byTopicId ? topic.topicId : topic.topic}/${index}`;
      const known = session.partitions.get(key);
      if (known === undefined) continue;
      session.partitions.delete(key);
      session.links?.forget(known);
    }
  }
}
