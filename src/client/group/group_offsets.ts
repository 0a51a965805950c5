/** The positions that a group has committed: reading and writing them at its coordinator. KIP-98, KIP-211, KIP-447. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { offsetCommit } from "../../protocol/messages/08_offset_commit.ts";
import { offsetFetch } from "../../protocol/messages/09_offset_fetch.ts";
import type { Cluster } from "../cluster.ts";
import { backoffMs } from "../backoff.ts";
import { BrokerError } from "../errors.ts";
import { byTopic, type TopicPartition } from "../leaders.ts";
import type { CoordinatorClient } from "./coordinator_client.ts";

/** A position to commit: the offset of the next record to read. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  /** -1 when not known. */
  readonly leaderEpoch?: number;
  /** Whatever the consumer wants to keep beside it. */
  readonly metadata?: string | null;
}

/** A position as the coordinator has it. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

/** In whose name offsets are committed. Without member and generation: only while the group has no members. */
export interface Committer {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
  readonly groupInstanceId: string | null;
}

/** What became of one position. */
export interface CommitResult extends TopicPartition {
  readonly errorCode: number;
}

/** The last versions that name topics; later ones have their ids (KIP-848). */
const COMMIT_VERSION = 9;
const FETCH_VERSION = 9;
const BACKOFF = { firstMs: 20, maxMs: 500 };

/**
 * Commits positions and resolves with what became of each. Codes about the membership (ILLEGAL_GENERATION and its
 * like) are results, too. Throws as {@link CoordinatorClient.ask} does.
 */
export async function commitOffsets(
  coordinator: CoordinatorClient,
  committer: Committer,
  offsets: readonly OffsetToCommit[],
  options: { readonly timeoutMs: number },
): Promise<CommitResult[]> {
  const { groupId, memberId, generationId, groupInstanceId } = committer;
  const response = await coordinator.ask(offsetCommit, {
    groupId,
    memberId,
    groupInstanceId,
    generationIdOrMemberEpoch: generationId,
    topics: [...byTopic(offsets)].map(([name, group]) => ({
      name,
      partitions: group.map(({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata ?? "",
      })),
    })),
  }, {
    lane: "offsets",
    // Codes about the coordinator are those of all partitions.
    errorOf: ({ topics }) => topics[0]?.partitions[0]?.errorCode ?? ErrorCode.NONE,
    version: COMMIT_VERSION,
    timeoutMs: options.timeoutMs,
  });
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => ({ topic: name, partition: partitionIndex, errorCode }))
  );
}

/**
 * What a group has committed for `places`, or for all partitions when that is null; partitions without a position
 * are not in it. Waits for transactions that commit positions (KIP-447). Throws {@link BrokerError} for a refusal,
 * and as {@link CoordinatorClient.ask} does.
 */
export async function fetchOffsets(
  cluster: Cluster,
  coordinator: CoordinatorClient,
  groupId: string,
  places: readonly TopicPartition[] | null,
  options: { readonly timeoutMs: number },
): Promise<CommittedOffset[]> {
  const { clock, timers, random } = cluster.options;
  const deadlineMs = clock.monotonicMs() + options.timeoutMs;
  for (let attempt = 1;; attempt++) {
    const found = await fetchOnce(coordinator, groupId, places, options.timeoutMs);
    const refused = found.find(({ errorCode }) => errorCode !== ErrorCode.NONE);
    if (refused === undefined) {
      return found.filter(({ offset }) => offset >= 0).map(({ errorCode: _, ...committed }) => committed);
    }
    const { topic, partition, errorCode } = refused;
    const refusal = new BrokerError(`fetch the committed offset of ${topic}-${partition}`, errorCode);
    const waitMs = backoffMs(attempt, BACKOFF, random);
    const mayPass = errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT;
    if (!mayPass || clock.monotonicMs() + waitMs > deadlineMs) throw refusal;
    await timers.sleep(waitMs);
  }
}

async function fetchOnce(
  coordinator: CoordinatorClient,
  groupId: string,
  places: readonly TopicPartition[] | null,
  timeoutMs: number,
): Promise<(CommittedOffset & CommitResult)[]> {
  const topics = places === null ? null : [...byTopic(places)].map(([name, group]) => ({
    name,
    partitionIndexes: group.map(({ partition }) => partition),
  }));
  const response = await coordinator.ask(offsetFetch, {
    groupId,
    topics,
    groups: [{ groupId, topics }],
    requireStable: true,
  }, {
    lane: "offsets",
    errorOf: ({ groups, errorCode }) => groups?.[0]?.errorCode ?? errorCode,
    version: FETCH_VERSION,
    timeoutMs,
  });
  // Up to version 7 there is a single group and no list.
  const group = response.groups?.[0] ?? { ...response, topics: response.topics ?? [] };
  if (group.errorCode !== ErrorCode.NONE) {
    throw new BrokerError(`fetch the committed offsets of group "${groupId}"`, group.errorCode);
  }
  return group.topics.flatMap(({ name, partitions }) =>
    partitions.map((one) => ({
      topic: name,
      partition: one.partitionIndex,
      offset: one.committedOffset,
      leaderEpoch: one.committedLeaderEpoch,
      metadata: one.metadata ?? "",
      errorCode: one.errorCode,
    }))
  );
}
