/** Every type of record in the metadata log, by the number that precedes its body (KIP-631). */

import * as records from "./records.ts";

export const recordTypes = {
  RegisterBrokerRecord: { apiKey: 0, message: records.registerBrokerRecord },
  UnregisterBrokerRecord: { apiKey: 1, message: records.unregisterBrokerRecord },
  TopicRecord: { apiKey: 2, message: records.topicRecord },
  PartitionRecord: { apiKey: 3, message: records.partitionRecord },
  ConfigRecord: { apiKey: 4, message: records.configRecord },
  PartitionChangeRecord: { apiKey: 5, message: records.partitionChangeRecord },
  FenceBrokerRecord: { apiKey: 7, message: records.fenceBrokerRecord },
  UnfenceBrokerRecord: { apiKey: 8, message: records.unfenceBrokerRecord },
  RemoveTopicRecord: { apiKey: 9, message: records.removeTopicRecord },
  DelegationTokenRecord: { apiKey: 10, message: records.delegationTokenRecord },
  UserScramCredentialRecord: { apiKey: 11, message: records.userScramCredentialRecord },
  FeatureLevelRecord: { apiKey: 12, message: records.featureLevelRecord },
  ClientQuotaRecord: { apiKey: 14, message: records.clientQuotaRecord },
  ProducerIdsRecord: { apiKey: 15, message: records.producerIdsRecord },
  BrokerRegistrationChangeRecord: { apiKey: 17, message: records.brokerRegistrationChangeRecord },
  AccessControlEntryRecord: { apiKey: 18, message: records.accessControlEntryRecord },
  RemoveAccessControlEntryRecord: { apiKey: 19, message: records.removeAccessControlEntryRecord },
  NoOpRecord: { apiKey: 20, message: records.noOpRecord },
  ZkMigrationStateRecord: { apiKey: 21, message: records.zkMigrationStateRecord },
  RemoveUserScramCredentialRecord: { apiKey: 22, message: records.removeUserScramCredentialRecord },
  BeginTransactionRecord: { apiKey: 23, message: records.beginTransactionRecord },
  EndTransactionRecord: { apiKey: 24, message: records.endTransactionRecord },
  AbortTransactionRecord: { apiKey: 25, message: records.abortTransactionRecord },
  RemoveDelegationTokenRecord: { apiKey: 26, message: records.removeDelegationTokenRecord },
  RegisterControllerRecord: { apiKey: 27, message: records.registerControllerRecord },
  ClearElrRecord: { apiKey: 28, message: records.clearElrRecord },
} as const;

/** The name of a record type, as Kafka spells it. */
export type RecordTypeName = keyof typeof recordTypes;
