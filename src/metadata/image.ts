/**
 * What the metadata log says up to some offset, as immutable data: brokers and controllers read it without locks
 * and keep it as long as they like. The next image comes from this one through a delta (delta.ts), and shares with
 * it all that did not change.
 */

import { type LeaderEpoch, NO_EPOCH, NO_NODE, type NodeId, type Offset, type Uuid } from "../core/ids.ts";
import { METADATA_VERSION, MetadataVersion } from "./features.ts";
import { PersistentMap } from "./persistent_map.ts";
import type {
  AccessControlEntryRecord,
  DelegationTokenRecord,
  UserScramCredentialRecord,
} from "./records.ts";

/** Where a broker or controller listens. `securityProtocol` is Kafka's id: 0 PLAINTEXT, 1 SSL, 2 and 3 with SASL. */
export interface EndpointImage {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}

/** A feature range that a node supports. */
export interface SupportedFeature {
  readonly min: number;
  readonly max: number;
}

/** A registered broker (KIP-631). */
export interface BrokerImage {
  readonly id: NodeId;
  /** The offset of its registration record: another registration is another epoch. */
  readonly epoch: number;
  /** Drawn anew by each process of the broker. */
  readonly incarnationId: Uuid;
  readonly endpoints: readonly EndpointImage[];
  readonly features: ReadonlyMap<string, SupportedFeature>;
  readonly rack: string | null;
  /** A fenced broker leads nothing and is not told to clients. */
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  /** The ids of its log directories, sorted (KIP-858). */
  readonly logDirs: readonly Uuid[];
  /** Directories that get no new replicas (KIP-1066). */
  readonly cordonedLogDirs: readonly Uuid[];
}

/** A registered controller (KIP-919). */
export interface ControllerImage {
  readonly id: NodeId;
  readonly incarnationId: Uuid;
  readonly endpoints: readonly EndpointImage[];
  readonly features: ReadonlyMap<string, SupportedFeature>;
}

/** 0: the leader's log is whole. 1: elected uncleanly, it may lack acknowledged records (KIP-704). */
export type LeaderRecoveryState = 0 | 1;

export interface PartitionImage {
  /** Broker ids in the order of preference: the first is the preferred leader. */
  readonly replicas: readonly NodeId[];
  /** The log directory of each replica, at the same index (KIP-858). */
  readonly directories: readonly Uuid[];
  readonly isr: readonly NodeId[];
  readonly removingReplicas: readonly NodeId[];
  readonly addingReplicas: readonly NodeId[];
  /** Eligible leader replicas: not in sync, but not behind the high watermark either (KIP-966). */
  readonly elr: readonly NodeId[];
  /** The last leader when there is no other that may lead (KIP-966). */
  readonly lastKnownElr: readonly NodeId[];
  /** -1 for none. */
  readonly leader: NodeId;
  readonly leaderRecoveryState: LeaderRecoveryState;
  readonly leaderEpoch: LeaderEpoch;
  /** Rises with every change of the partition. */
  readonly partitionEpoch: number;
}

export interface TopicImage {
  readonly id: Uuid;
  readonly name: string;
  /** By partition index, without gaps. */
  readonly partitions: readonly PartitionImage[];
}

export interface TopicsImage {
  readonly byName: PersistentMap<string, TopicImage>;
  readonly byId: PersistentMap<Uuid, TopicImage>;
}

/** Kafka's resource types of ConfigRecord and of the config APIs. */
export const ConfigResourceType = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const;

export interface ConfigResource {
  /** One of {@link ConfigResourceType}. */
  readonly type: number;
  /** The empty name of type BROKER is the default of all brokers. */
  readonly name: string;
}

/** The key of a resource in {@link MetadataImage.configs}. */
export type ConfigResourceKey = string;

export function configResourceKey(type: number, name: string): ConfigResourceKey {
  return `${type}:${name}`;
}

export function parseConfigResourceKey(key: ConfigResourceKey): ConfigResource {
  const colon = key.indexOf(":");
  return { type: Number(key.slice(0, colon)), name: key.slice(colon + 1) };
}

/** One client quota entity, such as user "alice" with any client id, and its limits. */
export interface ClientQuotaImage {
  /** Sorted by type; a null name is the default entity of its type. */
  readonly entity: readonly { readonly entityType: string; readonly entityName: string | null }[];
  readonly limits: ReadonlyMap<string, number>;
}

export interface MetadataImage {
  /** The cluster's id, from meta.properties: it is not in the log. */
  readonly clusterId: string;
  /** The last record that is in this image; -1 when nothing is. */
  readonly offset: Offset;
  readonly epoch: LeaderEpoch;
  /** The timestamp of its batch, in Unix milliseconds. */
  readonly timestampMs: number;
  /** Finalized feature levels (KIP-584). */
  readonly features: ReadonlyMap<string, number>;
  /** By id, ascending. */
  readonly brokers: ReadonlyMap<NodeId, BrokerImage>;
  /** By id, ascending. */
  readonly controllers: ReadonlyMap<NodeId, ControllerImage>;
  readonly topics: TopicsImage;
  /** What was set, by {@link configResourceKey}: no defaults. */
  readonly configs: PersistentMap<ConfigResourceKey, ReadonlyMap<string, string>>;
  readonly clientQuotas: PersistentMap<string, ClientQuotaImage>;
  /** The first producer id that was never given out. */
  readonly nextProducerId: number;
  readonly acls: PersistentMap<Uuid, AccessControlEntryRecord>;
  readonly scramCredentials: PersistentMap<string, UserScramCredentialRecord>;
  readonly delegationTokens: PersistentMap<string, DelegationTokenRecord>;
}

/** The image before the first record. */
export function emptyImage(clusterId: string): MetadataImage {
  return {
    clusterId,
    offset: -1 as Offset,
    epoch: NO_EPOCH,
    timestampMs: -1,
    features: new Map(),
    brokers: new Map(),
    controllers: new Map(),
    topics: { byName: PersistentMap.empty(), byId: PersistentMap.empty() },
    configs: PersistentMap.empty(),
    clientQuotas: PersistentMap.empty(),
    nextProducerId: 0,
    acls: PersistentMap.empty(),
    scramCredentials: PersistentMap.empty(),
    delegationTokens: PersistentMap.empty(),
  };
}

/** The finalized metadata.version; the oldest supported one before any is finalized. */
export function metadataVersionOf(image: MetadataImage): number {
  return image.features.get(METADATA_VERSION) ?? MetadataVersion.V3_3_IV3;
}

/** A partition of a topic by name; undefined when there is no such topic or partition. */
export function partitionOf(
  image: MetadataImage,
  topic: string,
  partition: number,
): PartitionImage | undefined {
  return image.topics.byName.get(topic)?.partitions[partition];
}

const NO_CONFIGS: ReadonlyMap<string, string> = new Map();

/** What was set for a resource; empty when nothing was. */
export function configsOf(image: MetadataImage, type: number, name: string): ReadonlyMap<string, string> {
  return image.configs.get(configResourceKey(type, name)) ?? NO_CONFIGS;
}

/** What was set for a topic. */
export function topicConfigs(image: MetadataImage, topic: string): ReadonlyMap<string, string> {
  return configsOf(image, ConfigResourceType.TOPIC, topic);
}

/** What was set for one broker; with no id, for all brokers. */
export function brokerConfigs(image: MetadataImage, brokerId?: number): ReadonlyMap<string, string> {
  return configsOf(image, ConfigResourceType.BROKER, brokerId === undefined ? "" : String(brokerId));
}

/** Whether a broker is registered and not fenced: it may lead and is told to clients. */
export function isAlive(image: MetadataImage, id: NodeId): boolean {
  return id !== NO_NODE && image.brokers.get(id)?.fenced === false;
}
