/** What screens draw, put together from the layout and the newest pulse. */

import { computed } from "@preact/signals";
import type {
  BrokerLayout,
  GroupPicture,
  Layout,
  PartitionLayout,
  Pulse,
  StoragePicture,
  TopicLayout,
} from "../../picture.ts";
import { connection, endsOfGroups, groups, layout, pulse, storage } from "./live.ts";

export interface BrokerView extends BrokerLayout {
  readonly leaders: number;
  readonly replicas: number;
  /** Replicas here that are not in sync. */
  readonly outOfSync: number;
  readonly dataBytes: number;
  readonly isVoter: boolean;
  readonly isActiveController: boolean;
  readonly isServingPage: boolean;
}

export interface PartitionView extends PartitionLayout {
  readonly topic: string;
  readonly index: number;
  /** -1 when not known. */
  readonly start: number;
  readonly end: number;
  readonly sizeBytes: number;
  readonly health: PartitionHealth;
}

/** In the order of gravity: no leader, too few in sync to write with acks=all, fewer in sync than wanted, well. */
export type PartitionHealth = "offline" | "under-min-isr" | "under-replicated" | "well";

export interface TopicView {
  readonly name: string;
  readonly isInternal: boolean;
  readonly replication: number;
  readonly records: number;
  readonly sizeBytes: number;
  readonly partitions: readonly PartitionView[];
}

export interface GroupView extends GroupPicture {
  /** In records. */
  readonly lag: number;
  readonly topics: readonly string[];
}

export const topicViews = computed(() => topicsOf(layout.value, pulse.value, storage.value));
export const brokerViews = computed(() => brokersOf(layout.value, pulse.value, storage.value));
export const groupViews = computed(() => groupsOf(groups.value, endsOfGroups.value));
/** Topics without offsets and sizes: they change with the layout, not with every pulse. */
export const topicShapes = computed(() => topicsOf(layout.value, null, null));
/** The partitions of {@link topicShapes}. */
export const partitionShapes = computed(() => topicShapes.value.flatMap(({ partitions }) => partitions));

export function healthOf({ leader, isr, replicas }: PartitionLayout, minIsr: number): PartitionHealth {
  if (leader < 0) return "offline";
  if (isr.length < Math.min(minIsr, replicas.length)) return "under-min-isr";
  return isr.length < replicas.length ? "under-replicated" : "well";
}

export function topicsOf(
  known: Layout | null,
  now: Pulse | null,
  disks: StoragePicture | null,
): readonly TopicView[] {
  if (known === null) return [];
  const sizes = new Map<string, number>();
  for (const { broker, topic, partition, sizeBytes } of disks?.replicas ?? []) {
    sizes.set(`${topic}/${partition}/${broker}`, sizeBytes);
  }
  const offsets = now?.version === known.version ? now.offsets : null;
  return known.topics.map((topic, index) => {
    const { starts = [], ends = [] } = offsets?.[index] ?? {};
    const partitions = topic.partitions.map((partition, number): PartitionView => ({
      ...partition,
      topic: topic.name,
      index: number,
      start: starts[number] ?? -1,
      end: ends[number] ?? -1,
      sizeBytes: sizes.get(`${topic.name}/${number}/${partition.leader}`) ?? -1,
      health: healthOf(partition, topic.minInsyncReplicas),
    }));
    return viewOf(topic, partitions);
  });
}

function viewOf({ name, isInternal }: TopicLayout, partitions: readonly PartitionView[]): TopicView {
  const sum = (value: (one: PartitionView) => number) =>
    partitions.reduce((total, one) => total + Math.max(0, value(one)), 0);
  return {
    name,
    isInternal,
    replication: Math.max(0, ...partitions.map(({ replicas }) => replicas.length)),
    records: sum(({ start, end }) => end - Math.max(0, start)),
    sizeBytes: sum(({ sizeBytes }) => sizeBytes),
    partitions,
  };
}

export function brokersOf(
  known: Layout | null,
  now: Pulse | null,
  disks: StoragePicture | null,
): readonly BrokerView[] {
  if (known === null) return [];
  const voters = new Set((now?.quorum?.replicas ?? []).filter(({ isVoter }) => isVoter).map(({ id }) => id));
  const partitions = known.topics.flatMap((topic) => topic.partitions);
  return known.brokers.map((broker) => {
    const { id } = broker;
    const here = partitions.filter(({ replicas }) => replicas.includes(id));
    const own = (disks?.replicas ?? []).filter((replica) => replica.broker === id);
    return {
      ...broker,
      leaders: here.filter(({ leader }) => leader === id).length,
      replicas: here.length,
      outOfSync: here.filter(({ isr }) => !isr.includes(id)).length,
      dataBytes: own.length === 0 ? -1 : own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      isVoter: voters.has(id),
      isActiveController: now?.quorum?.leaderId === id,
      isServingPage: known.nodeId === id,
    };
  });
}

export function groupsOf(
  known: readonly GroupPicture[] | null,
  ends: ReadonlyMap<string, number>,
): readonly GroupView[] {
  return (known ?? []).map((group) => ({
    ...group,
    lag: group.committed.reduce((sum, { topic, partition, offset }) => {
      const end = ends.get(`${topic}/${partition}`) ?? offset;
      return sum + Math.max(0, end - offset);
    }, 0),
    topics: [...new Set(group.committed.map(({ topic }) => topic))].sort(),
  }));
}

/** Whether what is shown of brokers and leaders is how it was, because nobody is there to say how it is. */
export const isStale = computed(() =>
  connection.value === "lost" || (pulse.value !== null && pulse.value.quorum === null)
);

export interface Trouble {
  readonly tone: "bad" | "warn";
  readonly text: string;
  readonly href: string;
}

/** What is wrong with the cluster, worst first; nothing when all is well. */
export const troubles = computed<readonly Trouble[]>(() => {
  const found: Trouble[] = [];
  const partitions = partitionShapes.value;
  const number = (health: PartitionHealth) => partitions.filter((one) => one.health === health).length;
  const say = (tone: Trouble["tone"], amount: number, one: string, many: string, href: string) => {
    if (amount > 0) found.push({ tone, text: `${amount} ${amount === 1 ? one : many}`, href });
  };
  say("bad", number("offline"), "partition has no leader", "partitions have no leader", "#/brokers");
  say(
    "bad",
    number("under-min-isr"),
    "partition refuses acks=all",
    "partitions refuse acks=all",
    "#/brokers",
  );
  if (pulse.value !== null && pulse.value.quorum === null) {
    found.push({ tone: "bad", text: "no controller answers", href: "#/quorum" });
  }
  const fenced = brokerViews.value.filter(({ isFenced }) => isFenced).length;
  say("warn", fenced, "broker is fenced", "brokers are fenced", "#/brokers");
  say(
    "warn",
    number("under-replicated"),
    "partition lacks in-sync replicas",
    "partitions lack in-sync replicas",
    "#/brokers",
  );
  return found;
});
