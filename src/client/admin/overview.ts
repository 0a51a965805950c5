/** The state of a whole cluster at a glance, put together from what its brokers and the quorum's leader tell. */

import type { Cluster, TopicMetadata } from "../cluster.ts";
import { BrokerError, UnreachableError } from "../errors.ts";
import { type BrokerDescription, describeCluster, describeLogDirs, type ReplicaSize } from "./cluster.ts";
import { isCordoned } from "./brokers.ts";
import { topicConfigValues } from "./configs.ts";
import { describeQuorum, type QuorumDescription } from "./quorum.ts";
import { listReassignments, type Reassignment } from "./reassignments.ts";
import { listTopics } from "./topics.ts";

/**
 * Fenced: registered, but the controller does not hear it. Draining: it gets no new replicas and still has some.
 * Drained: it gets none and has none.
 */
export type BrokerState = "alive" | "fenced" | "draining" | "drained";

export interface BrokerOverview extends BrokerDescription {
  readonly state: BrokerState;
  /** How many partitions it leads, and of how many it has a replica. */
  readonly leaders: number;
  readonly replicas: number;
  /** What its replicas take on its disks; null when it did not answer. */
  readonly sizeBytes: number | null;
}

/** A partition on its way, and how much of it has arrived. */
export interface ReassignmentProgress extends Reassignment {
  /** What its leader has, and what the replicas that come have together; null when nobody tells. */
  readonly leaderBytes: number | null;
  readonly movedBytes: number | null;
}

export interface Totals {
  readonly topics: number;
  readonly partitions: number;
  readonly replicas: number;
  /** Partitions that miss a replica, that have fewer in sync than acks=all wants, and that have no leader. */
  readonly underReplicated: number;
  readonly underMinIsr: number;
  readonly offline: number;
  readonly reassigning: number;
}

export interface ClusterOverview {
  readonly clusterId: string;
  /** Null when the quorum has no leader, or none that answers. */
  readonly quorum: QuorumDescription | null;
  readonly brokers: readonly BrokerOverview[];
  readonly totals: Totals;
  /** Null when the controller did not answer. */
  readonly reassignments: readonly ReassignmentProgress[] | null;
}

/**
 * Looks at everything. What some parts of a cluster in trouble do not tell is null. Who looks again and again asks the
 * controller over another client: brokers answer in order, and one that misses its controller keeps what comes later.
 */
export async function describeOverview(
  cluster: Cluster,
  controllerClient: Cluster = cluster,
): Promise<ClusterOverview> {
  const topics = await listTopics(cluster);
  const [description, dirs, minIsr] = await Promise.all([
    describeCluster(cluster, { fenced: true }),
    describeLogDirs(cluster),
    topicConfigValues(cluster, topics.map(({ name }) => name), "min.insync.replicas"),
  ]);
  const alive = description.brokers.filter((one) => !one.isFenced).map((one) => one.id);
  const cordons = await Promise.all(alive.map((id) => isCordoned(cluster, id)));
  const cordoned = new Set(alive.filter((_, index) => cordons[index]));
  // Last, so that what a missing controller holds up does not hold up the rest.
  const [quorum, moves] = await Promise.all([
    unlessRefused(cluster, describeQuorum(controllerClient)),
    unlessRefused(cluster, listReassignments(controllerClient)),
  ]);
  const sizes = new Map<number, ReplicaSize[]>();
  for (const { brokerId, replicas } of dirs) {
    sizes.set(brokerId, [...sizes.get(brokerId) ?? [], ...replicas]);
  }
  const progress = moves?.map((one) => progressOf(one, topics, sizes)) ?? null;
  return {
    clusterId: description.clusterId,
    quorum,
    brokers: description.brokers.map((one) => brokerOverview(one, topics, sizes, cordoned)),
    totals: totalsOf(topics, minIsr, moves ?? []),
    reassignments: progress,
  };
}

/** What a controller says within the time in which a broker must answer; null when it refuses or is not there. */
async function unlessRefused<T>(cluster: Cluster, answer: Promise<T>): Promise<T | null> {
  const { timers, connectTimeoutMs } = cluster.options;
  const timeout = Promise.withResolvers<null>();
  const timer = timers.after(connectTimeoutMs, () => timeout.resolve(null));
  try {
    return await Promise.race([answer, timeout.promise]);
  } catch (error) {
    if (error instanceof BrokerError || error instanceof UnreachableError) return null;
    throw error;
  } finally {
    timer.cancel();
    answer.catch(() => {});
  }
}

function brokerOverview(
  broker: BrokerDescription,
  topics: readonly TopicMetadata[],
  sizes: ReadonlyMap<number, readonly ReplicaSize[]>,
  cordoned: ReadonlySet<number>,
): BrokerOverview {
  const partitions = topics.flatMap((one) => one.partitions);
  const replicas = partitions.filter((one) => one.replicas.includes(broker.id)).length;
  const isOpen = !cordoned.has(broker.id);
  return {
    ...broker,
    state: broker.isFenced ? "fenced" : isOpen ? "alive" : replicas > 0 ? "draining" : "drained",
    leaders: partitions.filter((one) => one.leaderId === broker.id).length,
    replicas,
    sizeBytes: sizes.get(broker.id)?.reduce((sum, one) => sum + one.sizeBytes, 0) ?? null,
  };
}

function totalsOf(
  topics: readonly TopicMetadata[],
  minIsr: ReadonlyMap<string, string>,
  moves: readonly Reassignment[],
): Totals {
  const partitions = topics.flatMap((topic) => topic.partitions.map((one) => ({ ...one, topic })));
  // A replica that is still on its way is not missing.
  const coming = new Map(moves.map((one) => [`${one.topic}-${one.partition}`, one.adding.length]));
  const wanted = ({ topic, index, replicas }: (typeof partitions)[number]) =>
    replicas.length - (coming.get(`${topic.name}-${index}`) ?? 0);
  const minimum = (one: (typeof partitions)[number]) =>
    Math.min(wanted(one), Number(minIsr.get(one.topic.name) ?? 1));
  return {
    topics: topics.length,
    partitions: partitions.length,
    replicas: partitions.reduce((sum, one) => sum + one.replicas.length, 0),
    underReplicated: partitions.filter((one) => one.isr.length < wanted(one)).length,
    underMinIsr: partitions.filter((one) => one.isr.length < minimum(one)).length,
    offline: partitions.filter((one) => one.leaderId < 0).length,
    reassigning: moves.length,
  };
}

/** How much of a move is done, by the sizes of the replicas on the disks (KIP-113). */
export function progressOf(
  move: Reassignment,
  topics: readonly TopicMetadata[],
  sizes: ReadonlyMap<number, readonly ReplicaSize[]>,
): ReassignmentProgress {
  const metadata = topics.find((one) => one.name === move.topic)?.partitions[move.partition];
  const bytesOn = (brokerId: number) =>
    sizes.get(brokerId)?.find((one) => one.topic === move.topic && one.partition === move.partition)
      ?.sizeBytes ?? null;
  const leaderBytes = metadata === undefined ? null : bytesOn(metadata.leaderId);
  const isKnown = move.adding.every((id) => sizes.has(id));
  return {
    ...move,
    leaderBytes,
    movedBytes: isKnown ? move.adding.reduce((sum, id) => sum + (bytesOn(id) ?? 0), 0) : null,
  };
}
