/** A Fetch request for some partitions, and what its response says about each of them. */

import { ZERO_UUID } from "../../core/uuid.ts";
import { fetch } from "../../protocol/messages/01_fetch.ts";
import type { Decoded, Encodable } from "../../protocol/schema.ts";
import { byTopic, type TopicPartition } from "../leaders.ts";
import { isolationLevel } from "../offsets.ts";
import type { FetcherOptions } from "./options.ts";

/** The last version that names topics; later ones have their ids (KIP-516). */
const LAST_VERSION_WITH_NAMES = 12;

/** A partition and where its reading goes on. */
export interface FetchPlace extends TopicPartition {
  readonly offset: number;
  /** -1 when not known. */
  readonly leaderEpoch: number;
}

/** A request and the highest version that it can be sent at. */
export interface BuiltFetch {
  readonly request: Encodable<typeof fetch.request>;
  readonly maxVersion: number;
}

/** The ids of topics, or undefined where they are not known. */
export type TopicIds = (topic: string) => string | undefined;

/** A request without a session (KIP-227), in the order of the places: the first get their bytes first. */
export function fetchRequestOf(
  places: readonly FetchPlace[],
  topicIdOf: TopicIds,
  options: FetcherOptions,
): BuiltFetch {
  let maxVersion = fetch.request.versions.max;
  const topics = [...byTopic(places)].map(([topic, group]) => {
    const topicId = topicIdOf(topic) ?? ZERO_UUID;
    if (topicId === ZERO_UUID) maxVersion = LAST_VERSION_WITH_NAMES;
    return {
      topic,
      topicId,
      partitions: group.map(({ partition, offset, leaderEpoch }) => ({
        partition,
        fetchOffset: offset,
        currentLeaderEpoch: leaderEpoch,
        partitionMaxBytes: options.partitionMaxBytes,
      })),
    };
  });
  const request = {
    maxWaitMs: options.maxWaitMs,
    minBytes: options.minBytes,
    maxBytes: options.maxBytes,
    isolationLevel: isolationLevel(options.isolation),
    topics,
    forgottenTopicsData: [],
  };
  return { request, maxVersion };
}

export type PartitionAnswer = Decoded<typeof fetch.response>["responses"][number]["partitions"][number];

/** What a response says about a place; undefined when it says nothing. */
export function answerFor(
  place: TopicPartition,
  response: Decoded<typeof fetch.response>,
  topicIdOf: TopicIds,
): PartitionAnswer | undefined {
  const topicId = topicIdOf(place.topic) ?? ZERO_UUID;
  const topic = response.responses.find((one) =>
    one.topic === place.topic || (one.topicId === topicId && topicId !== ZERO_UUID)
  );
  return topic?.partitions.find((one) => one.partitionIndex === place.partition);
}
