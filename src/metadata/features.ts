/**
 * The features of Kafka 4.3 and the levels this program can work at (KIP-584). A feature's finalized level is in the
 * metadata log; `metadata.version` decides which record versions are written there.
 */

/** The range of levels of one feature. */
export interface FeatureRange {
  readonly min: number;
  readonly max: number;
}

export const METADATA_VERSION = "metadata.version";
export const KRAFT_VERSION = "kraft.version";
export const TRANSACTION_VERSION = "transaction.version";
export const GROUP_VERSION = "group.version";
export const ELIGIBLE_LEADER_REPLICAS_VERSION = "eligible.leader.replicas.version";
export const SHARE_VERSION = "share.version";
export const STREAMS_VERSION = "streams.version";

/** The `metadata.version` levels that mean something to the code: "<release>-IV<n>". */
export const MetadataVersion = {
  /** The oldest that Kafka 4 reads. */
  V3_3_IV3: 7,
  /** KIP-866: RegisterBrokerRecord gains isMigratingZkBroker. */
  V3_4_IV0: 8,
  /** KIP-900: SCRAM. */
  V3_5_IV2: 11,
  /** KIP-903: a shrinking ISR no longer raises the leader epoch. */
  V3_6_IV0: 12,
  /** KIP-868: transactions of metadata records. */
  V3_6_IV1: 13,
  /** KIP-900: delegation tokens. */
  V3_6_IV2: 14,
  /** KIP-919: controllers register. */
  V3_7_IV0: 15,
  /** KIP-858: assignment of replicas to log directories. */
  V3_7_IV2: 17,
  /** KIP-966: eligible leader replicas. */
  V4_0_IV1: 23,
  /** KIP-1166: Fetch 18. */
  V4_1_IV1: 27,
  /** KIP-1066: cordoned log directories; the latest of Kafka 4.3. */
  V4_3_IV0: 30,
} as const;

/** The level that a new cluster starts with, and the highest one understood. */
export const LATEST_METADATA_VERSION: number = MetadataVersion.V4_3_IV0;

/** What this program supports, by feature. */
export const SUPPORTED_FEATURES: ReadonlyMap<string, FeatureRange> = new Map([
  [ELIGIBLE_LEADER_REPLICAS_VERSION, { min: 0, max: 1 }],
  [GROUP_VERSION, { min: 0, max: 1 }],
  [KRAFT_VERSION, { min: 0, max: 1 }],
  [METADATA_VERSION, { min: MetadataVersion.V3_3_IV3, max: LATEST_METADATA_VERSION }],
  [SHARE_VERSION, { min: 0, max: 1 }],
  [STREAMS_VERSION, { min: 0, max: 1 }],
  [TRANSACTION_VERSION, { min: 0, max: 2 }],
]);

/** The levels that a new cluster starts with, as Kafka 4.3's format step writes them, in its order. */
export const BOOTSTRAP_FEATURES: readonly (readonly [name: string, level: number])[] = [
  [METADATA_VERSION, LATEST_METADATA_VERSION],
  [ELIGIBLE_LEADER_REPLICAS_VERSION, 1],
  [GROUP_VERSION, 1],
  [SHARE_VERSION, 1],
  [STREAMS_VERSION, 1],
  [TRANSACTION_VERSION, 2],
];

/** Levels whose introduction changed the format of the log; a downgrade must not cross one (KIP-778). */
const FORMAT_CHANGES: readonly number[] = [7, 8, 11, 13, 14, 15, 17, 23, 30];

/** Whether going from one metadata.version to a lower one would lose what records say. */
export function isLossyDowngrade(from: number, to: number): boolean {
  return FORMAT_CHANGES.some((level) => level > to && level <= from);
}

/** Kafka's name of a metadata.version level, such as "4.3-IV0", for people. */
export function metadataVersionName(level: number): string {
  return METADATA_VERSION_NAMES[level - MetadataVersion.V3_3_IV3] ?? String(level);
}

const METADATA_VERSION_NAMES = (
  "3.3-IV3 3.4-IV0 3.5-IV0 3.5-IV1 3.5-IV2 3.6-IV0 3.6-IV1 3.6-IV2 3.7-IV0 3.7-IV1 3.7-IV2 3.7-IV3 3.7-IV4 " +
  "3.8-IV0 3.9-IV0 4.0-IV0 4.0-IV1 4.0-IV2 4.0-IV3 4.1-IV0 4.1-IV1 4.2-IV0 4.2-IV1 4.3-IV0"
).split(" ");

/** What the versions of a feature need of metadata.version (only one does in Kafka 4.3). */
export function requiredMetadataVersion(feature: string, level: number): number {
  return feature === ELIGIBLE_LEADER_REPLICAS_VERSION && level >= 1 ? MetadataVersion.V4_0_IV1 : 0;
}
