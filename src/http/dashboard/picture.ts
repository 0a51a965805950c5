/**
 * What the dashboard's page is told of the cluster, as JSON in two server-sent events: `layout` when the page comes
 * and whenever the metadata changes, `pulse` once a second with what moves. Arrays of a pulse are in the order of the
 * layout with the same `version`, so that names are not sent every second.
 */

import type { LiveSnapshot } from "../live.ts";

/** A broker by the newest metadata. */
export interface BrokerLayout {
  readonly id: number;
  readonly rack: string | null;
  readonly host: string;
  readonly port: number;
  readonly isFenced: boolean;
  readonly isStopping: boolean;
}

export interface PartitionLayout {
  /** -1 for none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  /** In the order of preference. */
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

export interface TopicLayout {
  readonly name: string;
  readonly isInternal: boolean;
  readonly minInsyncReplicas: number;
  readonly partitions: readonly PartitionLayout[];
}

export interface Layout {
  /** Rises with every change. */
  readonly version: number;
  readonly clusterId: string;
  /** The node that serves the page. */
  readonly nodeId: number;
  readonly software: string;
  readonly brokers: readonly BrokerLayout[];
  /** By name. */
  readonly topics: readonly TopicLayout[];
}

/** First offset and high watermark of each partition of a topic; -1 when its leader does not tell. */
export interface TopicOffsets {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export interface MemberPicture {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

export interface GroupPicture {
  readonly groupId: string;
  /** As Kafka names it: Empty, Stable, ... */
  readonly state: string;
  /** classic, consumer, ... */
  readonly type: string;
  readonly assignor: string;
  readonly coordinator: number;
  readonly members: readonly MemberPicture[];
  readonly committed: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
  }[];
}

export interface QuorumReplicaPicture {
  readonly id: number;
  readonly isVoter: boolean;
  readonly logEndOffset: number;
  readonly lag: number;
  /** In Unix milliseconds; -1 when that never was. */
  readonly lastFetchMs: number;
  readonly lastCaughtUpMs: number;
}

export interface QuorumPicture {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly replicas: readonly QuorumReplicaPicture[];
}

/** A replica on a broker's disk. */
export interface ReplicaPicture {
  readonly broker: number;
  readonly topic: string;
  readonly partition: number;
  readonly sizeBytes: number;
  /** In records. */
  readonly lag: number;
}

export interface DiskPicture {
  readonly broker: number;
  readonly path: string;
  /** -1 when the broker does not tell. */
  readonly totalBytes: number;
  readonly usableBytes: number;
}

export interface StoragePicture {
  readonly disks: readonly DiskPicture[];
  readonly replicas: readonly ReplicaPicture[];
}

/** What the node that serves the page knows of itself. */
export type LocalPicture = Pick<
  LiveSnapshot,
  "nodeId" | "uptimeMs" | "windowMs" | "totals" | "produce" | "fetch" | "apis" | "process"
>;

export interface Pulse {
  /** In Unix milliseconds. */
  readonly atMs: number;
  /** Of the layout that the offsets are in the order of. */
  readonly version: number;
  /** Up to where the node that serves the page has applied the metadata log. */
  readonly metadataOffset: number;
  /** By topic; null before the leaders have answered. */
  readonly offsets: readonly TopicOffsets[] | null;
  /** When the leaders answered, in Unix milliseconds: with many partitions they are not asked for every pulse. */
  readonly offsetsAtMs: number;
  /** Null when it has not changed since the last pulse. */
  readonly groups: readonly GroupPicture[] | null;
  /** Null while there is no quorum that answers. */
  readonly quorum: QuorumPicture | null;
  /** Null when it has not changed since the last pulse. */
  readonly storage: StoragePicture | null;
  readonly local: LocalPicture | null;
}

/** What the page asks first of all: what it may show besides the cluster. */
export interface Session {
  /** Whether there is a failure laboratory, as with `sluice demo`. */
  readonly demo: boolean;
}
