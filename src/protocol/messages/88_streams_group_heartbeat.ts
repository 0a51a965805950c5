/** StreamsGroupHeartbeat (88): membership in a streams group. KIP-1071. */

import {
  api,
  array,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
  struct,
  uint16,
} from "../schema.ts";

const keyValue = {
  key: string("0+"),
  value: string("0+"),
} as const;

const topicInfo = {
  name: string("0+"),
  partitions: int32("0+"),
  replicationFactor: int16("0+"),
  topicConfigs: array("0+", keyValue),
} as const;

const taskIds = {
  subtopologyId: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

const endpoint = {
  host: string("0+"),
  port: uint16("0+"),
} as const;

const taskOffset = {
  subtopologyId: string("0+"),
  partition: int32("0+"),
  offset: int64("0+"),
} as const;

const status = {
  statusCode: int8("0+"),
  statusDetail: string("0+"),
} as const;

const topicPartition = {
  topic: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

export const streamsGroupHeartbeatRequest = message("StreamsGroupHeartbeatRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    memberId: string("0+"),
    memberEpoch: int32("0+"),
    endpointInformationEpoch: int32("0+"),
    instanceId: string("0+", { nullable: "0+", default: null }),
    rackId: string("0+", { nullable: "0+", default: null }),
    rebalanceTimeoutMs: int32("0+", { default: -1 }),
    topology: struct("0+", {
      epoch: int32("0+"),
      subtopologies: array("0+", {
        subtopologyId: string("0+"),
        sourceTopics: arrayOf(string, "0+"),
        sourceTopicRegex: arrayOf(string, "0+"),
        stateChangelogTopics: array("0+", topicInfo),
        repartitionSinkTopics: arrayOf(string, "0+"),
        repartitionSourceTopics: array("0+", topicInfo),
        copartitionGroups: array("0+", {
          sourceTopics: arrayOf(int16, "0+"),
          sourceTopicRegex: arrayOf(int16, "0+"),
          repartitionSourceTopics: arrayOf(int16, "0+"),
        }),
      }),
    }, { nullable: "0+", default: null }),
    activeTasks: array("0+", taskIds, { nullable: "0+", default: null }),
    standbyTasks: array("0+", taskIds, { nullable: "0+", default: null }),
    warmupTasks: array("0+", taskIds, { nullable: "0+", default: null }),
    processId: string("0+", { nullable: "0+", default: null }),
    userEndpoint: struct("0+", endpoint, { nullable: "0+", default: null }),
    clientTags: array("0+", keyValue, { nullable: "0+", default: null }),
    taskOffsets: array("0+", taskOffset, { nullable: "0+", default: null }),
    taskEndOffsets: array("0+", taskOffset, { nullable: "0+", default: null }),
    shutdownApplication: bool("0+", { default: false }),
  },
});

export const streamsGroupHeartbeatResponse = message("StreamsGroupHeartbeatResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+", default: null }),
    memberId: string("0+"),
    memberEpoch: int32("0+"),
    heartbeatIntervalMs: int32("0+"),
    acceptableRecoveryLag: int32("0+"),
    taskOffsetIntervalMs: int32("0+"),
    status: array("0+", status, { nullable: "0+" }),
    activeTasks: array("0+", taskIds, { nullable: "0+", default: null }),
    standbyTasks: array("0+", taskIds, { nullable: "0+", default: null }),
    warmupTasks: array("0+", taskIds, { nullable: "0+", default: null }),
    endpointInformationEpoch: int32("0+"),
    partitionsByUserEndpoint: array("0+", {
      userEndpoint: struct("0+", endpoint),
      activePartitions: array("0+", topicPartition),
      standbyPartitions: array("0+", topicPartition),
    }, { nullable: "0+", default: null }),
  },
});

/** API 88. */
export const streamsGroupHeartbeat = api(
  88,
  "StreamsGroupHeartbeat",
  streamsGroupHeartbeatRequest,
  streamsGroupHeartbeatResponse,
);

export type StreamsGroupHeartbeatRequest = Decoded<typeof streamsGroupHeartbeatRequest>;
/** What a handler answers; defaults may be left out. */
export type StreamsGroupHeartbeatResponse = Encodable<typeof streamsGroupHeartbeatResponse>;
