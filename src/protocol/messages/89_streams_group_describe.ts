/** StreamsGroupDescribe (89). KIP-1071. */

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

const endpoint = {
  host: string("0+"),
  port: uint16("0+"),
} as const;

const taskOffset = {
  subtopologyId: string("0+"),
  partition: int32("0+"),
  offset: int64("0+"),
} as const;

const taskIds = {
  subtopologyId: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

const assignment = {
  activeTasks: array("0+", taskIds),
  standbyTasks: array("0+", taskIds),
  warmupTasks: array("0+", taskIds),
} as const;

export const streamsGroupDescribeRequest = message("StreamsGroupDescribeRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    groupIds: arrayOf(string, "0+"),
    includeAuthorizedOperations: bool("0+"),
  },
});

export const streamsGroupDescribeResponse = message("StreamsGroupDescribeResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    groups: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+", default: null }),
      groupId: string("0+"),
      groupState: string("0+"),
      groupEpoch: int32("0+"),
      assignmentEpoch: int32("0+"),
      topology: struct("0+", {
        epoch: int32("0+"),
        subtopologies: array("0+", {
          subtopologyId: string("0+"),
          sourceTopics: arrayOf(string, "0+"),
          repartitionSinkTopics: arrayOf(string, "0+"),
          stateChangelogTopics: array("0+", topicInfo),
          repartitionSourceTopics: array("0+", topicInfo),
        }, { nullable: "0+", default: null }),
      }, { nullable: "0+", default: null }),
      members: array("0+", {
        memberId: string("0+"),
        memberEpoch: int32("0+"),
        instanceId: string("0+", { nullable: "0+", default: null }),
        rackId: string("0+", { nullable: "0+", default: null }),
        clientId: string("0+"),
        clientHost: string("0+"),
        topologyEpoch: int32("0+"),
        processId: string("0+"),
        userEndpoint: struct("0+", endpoint, { nullable: "0+", default: null }),
        clientTags: array("0+", keyValue),
        taskOffsets: array("0+", taskOffset),
        taskEndOffsets: array("0+", taskOffset),
        assignment: struct("0+", assignment),
        targetAssignment: struct("0+", assignment),
        isClassic: bool("0+"),
      }),
      authorizedOperations: int32("0+", { default: -2147483648 }),
    }),
  },
});

/** API 89. */
export const streamsGroupDescribe = api(
  89,
  "StreamsGroupDescribe",
  streamsGroupDescribeRequest,
  streamsGroupDescribeResponse,
);

export type StreamsGroupDescribeRequest = Decoded<typeof streamsGroupDescribeRequest>;
/** What a handler answers; defaults may be left out. */
export type StreamsGroupDescribeResponse = Encodable<typeof streamsGroupDescribeResponse>;
