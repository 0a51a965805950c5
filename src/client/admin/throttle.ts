/**
 * Limits how fast moves of replicas copy, with the configs of KIP-73 as kafka-reassign-partitions sets them: each
 * broker's rate, and per topic which replicas it holds for.
 */

import type { Cluster } from "../cluster.ts";
import type { TopicPartition } from "../leaders.ts";
import { byTopic } from "../leaders.ts";
import type { Outcome } from "./call.ts";
import { listTopics } from "./topics.ts";
import { alterConfigs, type ConfigChange, ResourceType, topicConfigValues } from "./configs.ts";

const RATES = ["leader.replication.throttled.rate", "follower.replication.throttled.rate"] as const;
const LEADER_REPLICAS = "leader.replication.throttled.replicas";
const FOLLOWER_REPLICAS = "follower.replication.throttled.replicas";

/** A move as a throttle sees it: who reads, and who may serve. */
export interface ThrottledMove extends TopicPartition {
  /** The replicas before the move, one of which is the leader. */
  readonly sources: readonly number[];
  readonly adding: readonly number[];
}

/** Lets each broker send and fetch no more than `bytesPerSecond` for these moves. What was refused is told. */
export async function setThrottle(
  cluster: Cluster,
  moves: readonly ThrottledMove[],
  bytesPerSecond: number,
): Promise<Outcome[]> {
  const outcomes = await forBrokers(cluster, RATES.map((name) => ({ name, set: String(bytesPerSecond) })));
  const topics = byTopic(moves.filter((one) => one.adding.length > 0));
  const names = [...topics.keys()];
  const [leaders, followers] = await Promise.all([
    topicConfigValues(cluster, names, LEADER_REPLICAS),
    topicConfigValues(cluster, names, FOLLOWER_REPLICAS),
  ]);
  for (const [name, group] of topics) {
    const changes: ConfigChange[] = [
      { name: LEADER_REPLICAS, set: merged(leaders.get(name), pairs(group, (one) => one.sources)) },
      { name: FOLLOWER_REPLICAS, set: merged(followers.get(name), pairs(group, (one) => one.adding)) },
    ];
    outcomes.push(await alterConfigs(cluster, { type: ResourceType.TOPIC, name }, changes));
  }
  return outcomes;
}

/** The topics that have a throttle, wanted or left behind. */
export async function throttledTopics(cluster: Cluster): Promise<string[]> {
  const names = (await listTopics(cluster)).map(({ name }) => name);
  const [leaders, followers] = await Promise.all([
    topicConfigValues(cluster, names, LEADER_REPLICAS),
    topicConfigValues(cluster, names, FOLLOWER_REPLICAS),
  ]);
  return names.filter((name) => (leaders.get(name) ?? "") !== "" || (followers.get(name) ?? "") !== "");
}

/** Takes the limits away again, from all brokers and from these topics. */
export async function removeThrottle(cluster: Cluster, topics: readonly string[]): Promise<Outcome[]> {
  const outcomes = await forBrokers(cluster, RATES.map((name) => ({ name, unset: true })));
  for (const name of new Set(topics)) {
    const changes = [LEADER_REPLICAS, FOLLOWER_REPLICAS].map((name) => ({ name, unset: true as const }));
    outcomes.push(await alterConfigs(cluster, { type: ResourceType.TOPIC, name }, changes));
  }
  return outcomes;
}

async function forBrokers(cluster: Cluster, changes: readonly ConfigChange[]): Promise<Outcome[]> {
  await cluster.refresh([]);
  const outcomes: Outcome[] = [];
  for (const id of cluster.brokers.keys()) {
    outcomes.push(await alterConfigs(cluster, { type: ResourceType.BROKER, name: String(id) }, changes));
  }
  return outcomes;
}

function pairs(
  moves: readonly ThrottledMove[],
  brokers: (move: ThrottledMove) => readonly number[],
): readonly string[] {
  return moves.flatMap((move) => brokers(move).map((id) => `${move.partition}:${id}`));
}

/** What a topic throttles already, and what comes to it. "*" stands for all. */
function merged(before: string | undefined, added: readonly string[]): string {
  const known = (before ?? "").split(",").filter((part) => part !== "");
  return known.includes("*") ? "*" : [...new Set([...known, ...added])].join(",");
}
