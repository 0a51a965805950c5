/** The records of the metadata log `__cluster_metadata` (KIP-631 and its successors). */

import {
  array,
  arrayOf,
  bool,
  bytes,
  type Decoded,
  float64,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
  uint16,
  uuid,
} from "../protocol/schema.ts";

export const registerBrokerRecord = message("RegisterBrokerRecord", {
  versions: "0-4",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    isMigratingZkBroker: bool("2+", { default: false }),
    incarnationId: uuid("0+"),
    brokerEpoch: int64("0+"),
    endPoints: array("0+", {
      name: string("0+"),
      host: string("0+"),
      port: uint16("0+"),
      securityProtocol: int16("0+"),
    }),
    features: array("0+", {
      name: string("0+"),
      minSupportedVersion: int16("0+"),
      maxSupportedVersion: int16("0+"),
    }),
    rack: string("0+", { nullable: "0+" }),
    fenced: bool("0+", { default: true }),
    inControlledShutdown: bool("1+", { default: false }),
    logDirs: arrayOf(uuid, "3+", { optional: true, tag: 0 }),
    cordonedLogDirs: arrayOf(uuid, "4+", { nullable: "4+", default: null, tag: 1 }),
  },
});
export type RegisterBrokerRecord = Decoded<typeof registerBrokerRecord>;

export const unregisterBrokerRecord = message("UnregisterBrokerRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    brokerEpoch: int64("0+"),
  },
});
export type UnregisterBrokerRecord = Decoded<typeof unregisterBrokerRecord>;

export const topicRecord = message("TopicRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    name: string("0+"),
    topicId: uuid("0+"),
  },
});
export type TopicRecord = Decoded<typeof topicRecord>;

export const partitionRecord = message("PartitionRecord", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    partitionId: int32("0+", { default: -1 }),
    topicId: uuid("0+"),
    replicas: arrayOf(int32, "0+"),
    isr: arrayOf(int32, "0+"),
    removingReplicas: arrayOf(int32, "0+"),
    addingReplicas: arrayOf(int32, "0+"),
    leader: int32("0+", { default: -1 }),
    leaderRecoveryState: int8("0+", { default: 0, tag: 0 }),
    leaderEpoch: int32("0+", { default: -1 }),
    partitionEpoch: int32("0+", { default: -1 }),
    directories: arrayOf(uuid, "1+", { optional: true }),
    eligibleLeaderReplicas: arrayOf(int32, "2+", { nullable: "2+", default: null, tag: 1 }),
    lastKnownElr: arrayOf(int32, "2+", { nullable: "2+", default: null, tag: 2 }),
  },
});
export type PartitionRecord = Decoded<typeof partitionRecord>;

export const configRecord = message("ConfigRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    resourceType: int8("0+"),
    resourceName: string("0+"),
    name: string("0+"),
    value: string("0+", { nullable: "0+" }),
  },
});
export type ConfigRecord = Decoded<typeof configRecord>;

export const partitionChangeRecord = message("PartitionChangeRecord", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    partitionId: int32("0+", { default: -1 }),
    topicId: uuid("0+"),
    isr: arrayOf(int32, "0+", { nullable: "0+", default: null, tag: 0 }),
    leader: int32("0+", { default: -2, tag: 1 }),
    replicas: arrayOf(int32, "0+", { nullable: "0+", default: null, tag: 2 }),
    removingReplicas: arrayOf(int32, "0+", { nullable: "0+", default: null, tag: 3 }),
    addingReplicas: arrayOf(int32, "0+", { nullable: "0+", default: null, tag: 4 }),
    leaderRecoveryState: int8("0+", { default: -1, tag: 5 }),
    directories: arrayOf(uuid, "1+", { nullable: "1+", default: null, tag: 8 }),
    eligibleLeaderReplicas: arrayOf(int32, "2+", { nullable: "2+", default: null, tag: 6 }),
    lastKnownElr: arrayOf(int32, "2+", { nullable: "2+", default: null, tag: 7 }),
  },
});
export type PartitionChangeRecord = Decoded<typeof partitionChangeRecord>;

export const fenceBrokerRecord = message("FenceBrokerRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    id: int32("0+"),
    epoch: int64("0+"),
  },
});
export type FenceBrokerRecord = Decoded<typeof fenceBrokerRecord>;

export const unfenceBrokerRecord = message("UnfenceBrokerRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    id: int32("0+"),
    epoch: int64("0+"),
  },
});
export type UnfenceBrokerRecord = Decoded<typeof unfenceBrokerRecord>;

export const removeTopicRecord = message("RemoveTopicRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    topicId: uuid("0+"),
  },
});
export type RemoveTopicRecord = Decoded<typeof removeTopicRecord>;

export const delegationTokenRecord = message("DelegationTokenRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    owner: string("0+"),
    requester: string("0+"),
    renewers: arrayOf(string, "0+"),
    issueTimestamp: int64("0+"),
    maxTimestamp: int64("0+"),
    expirationTimestamp: int64("0+"),
    tokenId: string("0+"),
  },
});
export type DelegationTokenRecord = Decoded<typeof delegationTokenRecord>;

export const userScramCredentialRecord = message("UserScramCredentialRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    name: string("0+"),
    mechanism: int8("0+"),
    salt: bytes("0+"),
    storedKey: bytes("0+"),
    serverKey: bytes("0+"),
    iterations: int32("0+"),
  },
});
export type UserScramCredentialRecord = Decoded<typeof userScramCredentialRecord>;

export const featureLevelRecord = message("FeatureLevelRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    name: string("0+"),
    featureLevel: int16("0+"),
  },
});
export type FeatureLevelRecord = Decoded<typeof featureLevelRecord>;

export const clientQuotaRecord = message("ClientQuotaRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    entity: array("0+", {
      entityType: string("0+"),
      entityName: string("0+", { nullable: "0+" }),
    }),
    key: string("0+"),
    value: float64("0+"),
    remove: bool("0+"),
  },
});
export type ClientQuotaRecord = Decoded<typeof clientQuotaRecord>;

export const producerIdsRecord = message("ProducerIdsRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    brokerEpoch: int64("0+", { default: -1 }),
    nextProducerId: int64("0+"),
  },
});
export type ProducerIdsRecord = Decoded<typeof producerIdsRecord>;

export const brokerRegistrationChangeRecord = message("BrokerRegistrationChangeRecord", {
  versions: "0-3",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    brokerEpoch: int64("0+"),
    fenced: int8("0+", { tag: 0 }),
    inControlledShutdown: int8("1+", { default: 0, tag: 1 }),
    logDirs: arrayOf(uuid, "2+", { optional: true, tag: 2 }),
    cordonedLogDirs: arrayOf(uuid, "3+", { nullable: "3+", default: null, tag: 3 }),
  },
});
export type BrokerRegistrationChangeRecord = Decoded<typeof brokerRegistrationChangeRecord>;

export const accessControlEntryRecord = message("AccessControlEntryRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    id: uuid("0+"),
    resourceType: int8("0+"),
    resourceName: string("0+"),
    patternType: int8("0+"),
    principal: string("0+"),
    host: string("0+"),
    operation: int8("0+"),
    permissionType: int8("0+"),
  },
});
export type AccessControlEntryRecord = Decoded<typeof accessControlEntryRecord>;

export const removeAccessControlEntryRecord = message("RemoveAccessControlEntryRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    id: uuid("0+"),
  },
});
export type RemoveAccessControlEntryRecord = Decoded<typeof removeAccessControlEntryRecord>;

export const noOpRecord = message("NoOpRecord", {
  versions: "0",
  flexible: "0+",
  fields: {},
});
export type NoOpRecord = Decoded<typeof noOpRecord>;

export const zkMigrationStateRecord = message("ZkMigrationStateRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    zkMigrationState: int8("0+"),
  },
});
export type ZkMigrationStateRecord = Decoded<typeof zkMigrationStateRecord>;

export const removeUserScramCredentialRecord = message("RemoveUserScramCredentialRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    name: string("0+"),
    mechanism: int8("0+"),
  },
});
export type RemoveUserScramCredentialRecord = Decoded<typeof removeUserScramCredentialRecord>;

export const beginTransactionRecord = message("BeginTransactionRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    name: string("0+", { nullable: "0+", default: null, tag: 0 }),
  },
});
export type BeginTransactionRecord = Decoded<typeof beginTransactionRecord>;

export const endTransactionRecord = message("EndTransactionRecord", {
  versions: "0",
  flexible: "0+",
  fields: {},
});
export type EndTransactionRecord = Decoded<typeof endTransactionRecord>;

export const abortTransactionRecord = message("AbortTransactionRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    reason: string("0+", { nullable: "0+", default: null, tag: 0 }),
  },
});
export type AbortTransactionRecord = Decoded<typeof abortTransactionRecord>;

export const removeDelegationTokenRecord = message("RemoveDelegationTokenRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    tokenId: string("0+"),
  },
});
export type RemoveDelegationTokenRecord = Decoded<typeof removeDelegationTokenRecord>;

export const registerControllerRecord = message("RegisterControllerRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    controllerId: int32("0+"),
    incarnationId: uuid("0+"),
    zkMigrationReady: bool("0+"),
    endPoints: array("0+", {
      name: string("0+"),
      host: string("0+"),
      port: uint16("0+"),
      securityProtocol: int16("0+"),
    }),
    features: array("0+", {
      name: string("0+"),
      minSupportedVersion: int16("0+"),
      maxSupportedVersion: int16("0+"),
    }),
  },
});
export type RegisterControllerRecord = Decoded<typeof registerControllerRecord>;

export const clearElrRecord = message("ClearElrRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    topicName: string("0+"),
  },
});
export type ClearElrRecord = Decoded<typeof clearElrRecord>;
