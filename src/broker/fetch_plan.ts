/** What a Fetch request really asks for: what it says, or what its session remembers changed by what it says. */

import type { FetchRequest } from "../protocol/messages/01_fetch.ts";
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
  apiVersion: number,
): FetchPlan | number {
  const byTopicId = apiVersion >= FIRST_TOPIC_ID_VERSION;
  const { sessionId, sessionEpoch } = request;
  const nowMs = broker.platform.clock.monotonicMs();
  if (sessionEpoch === FINAL_EPOCH || sessionEpoch === INITIAL_EPOCH) {
    if (sessionId !== 0) broker.fetchSessions.remove(sessionId);
    const session = sessionEpoch === FINAL_EPOCH ? null : broker.fetchSessions.create(
      byTopicId,
      nowMs,
      broker.config.get("max.incremental.fetch.session.cache.slots"),
    );
    const partitions = requestedPartitions(broker, request, byTopicId);
    if (session !== null) {
      for (const one of partitions) session.partitions.set(sessionKey(byTopicId, one), one);
    }
    return { session, incremental: false, byTopicId, partitions };
  }
  const session = broker.fetchSessions.use(sessionId, sessionEpoch, { usesTopicIds: byTopicId, nowMs });
  if (typeof session === "number") return session;
  // Answers go out in the order of their requests: one that waits would hold this one up.
  session.waiting?.finish();
  updateSession(broker, session, request);
  return { session, incremental: true, byTopicId, partitions: [...session.partitions.values()] };
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
      });
    }
  }
  return found;
}

function updateSession(broker: BrokerContext, session: FetchSession, request: FetchRequest): void {
  const byTopicId = session.usesTopicIds;
  for (const one of requestedPartitions(broker, request, byTopicId)) {
    const key = sessionKey(byTopicId, one);
    const known = session.partitions.get(key);
    if (known === undefined) {
      session.partitions.set(key, one);
      continue;
    }
    known.currentLeaderEpoch = one.currentLeaderEpoch;
    known.fetchOffset = one.fetchOffset;
    known.lastFetchedEpoch = one.lastFetchedEpoch;
    known.logStartOffset = one.logStartOffset;
    known.maxBytes = one.maxBytes;
  }
  for (const topic of request.forgottenTopicsData) {
    for (const index of topic.partitions) {
      session.partitions.delete(`${byTopicId ? topic.topicId : topic.topic}/${index}`);
    }
  }
}
