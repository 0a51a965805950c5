/** Keys and values of `__consumer_offsets` for streams groups (KIP-1071). */

import {
  array,
  arrayOf,
  bigInt64,
  type Decoded,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
  struct,
  uint16,
} from "../schema.ts";

export const streamsGroupCurrentMemberAssignmentKey = message("StreamsGroupCurrentMemberAssignmentKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type StreamsGroupCurrentMemberAssignmentKey = Decoded<typeof streamsGroupCurrentMemberAssignmentKey>;

const taskIds = {
  subtopologyId: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

const taskIdsWithEpochs = {
  subtopologyId: string("0+"),
  partitions: arrayOf(int32, "0+"),
  assignmentEpochs: arrayOf(int32, "0+", { nullable: "0+", tag: 0 }),
} as const;

export const streamsGroupCurrentMemberAssignmentValue = message("StreamsGroupCurrentMemberAssignmentValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    memberEpoch: int32("0+"),
    previousMemberEpoch: int32("0+"),
    state: int8("0+"),
    activeTasks: array("0+", taskIdsWithEpochs),
    standbyTasks: array("0+", taskIdsWithEpochs),
    warmupTasks: array("0+", taskIdsWithEpochs),
    activeTasksPendingRevocation: array("0+", taskIdsWithEpochs),
    standbyTasksPendingRevocation: array("0+", taskIdsWithEpochs),
    warmupTasksPendingRevocation: array("0+", taskIdsWithEpochs),
  },
});
export type StreamsGroupCurrentMemberAssignmentValue = Decoded<
  typeof streamsGroupCurrentMemberAssignmentValue
>;

export const streamsGroupMemberMetadataKey = message("StreamsGroupMemberMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type StreamsGroupMemberMetadataKey = Decoded<typeof streamsGroupMemberMetadataKey>;

const endpoint = {
  host: string("0+"),
  port: uint16("0+"),
} as const;

const keyValue = {
  key: string("0+"),
  value: string("0+"),
} as const;

export const streamsGroupMemberMetadataValue = message("StreamsGroupMemberMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    instanceId: string("0+", { nullable: "0+" }),
    rackId: string("0+", { nullable: "0+" }),
    clientId: string("0+"),
    clientHost: string("0+"),
    rebalanceTimeoutMs: int32("0+", { default: -1 }),
    topologyEpoch: int32("0+"),
    processId: string("0+"),
    userEndpoint: struct("0+", endpoint, { nullable: "0+", default: null }),
    clientTags: array("0+", keyValue),
  },
});
export type StreamsGroupMemberMetadataValue = Decoded<typeof streamsGroupMemberMetadataValue>;

export const streamsGroupMetadataKey = message("StreamsGroupMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type StreamsGroupMetadataKey = Decoded<typeof streamsGroupMetadataKey>;

const lastAssignmentConfig = {
  key: string("0+"),
  value: string("0+"),
} as const;

export const streamsGroupMetadataValue = message("StreamsGroupMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    epoch: int32("0+"),
    metadataHash: bigInt64("0+"),
    validatedTopologyEpoch: int32("0+", { default: -1, tag: 0 }),
    lastAssignmentConfigs: array("0+", lastAssignmentConfig, { nullable: "0+", tag: 1 }),
  },
});
export type StreamsGroupMetadataValue = Decoded<typeof streamsGroupMetadataValue>;

export const streamsGroupTargetAssignmentMemberKey = message("StreamsGroupTargetAssignmentMemberKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type StreamsGroupTargetAssignmentMemberKey = Decoded<typeof streamsGroupTargetAssignmentMemberKey>;

export const streamsGroupTargetAssignmentMemberValue = message("StreamsGroupTargetAssignmentMemberValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    activeTasks: array("0+", taskIds),
    standbyTasks: array("0+", taskIds),
    warmupTasks: array("0+", taskIds),
  },
});
export type StreamsGroupTargetAssignmentMemberValue = Decoded<typeof streamsGroupTargetAssignmentMemberValue>;

export const streamsGroupTargetAssignmentMetadataKey = message("StreamsGroupTargetAssignmentMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type StreamsGroupTargetAssignmentMetadataKey = Decoded<typeof streamsGroupTargetAssignmentMetadataKey>;

export const streamsGroupTargetAssignmentMetadataValue = message(
  "StreamsGroupTargetAssignmentMetadataValue",
  {
    versions: "0",
    flexible: "0+",
    fields: {
      assignmentEpoch: int32("0+"),
      assignmentTimestamp: int64("0+", { default: 0, tag: 0 }),
    },
  },
);
export type StreamsGroupTargetAssignmentMetadataValue = Decoded<
  typeof streamsGroupTargetAssignmentMetadataValue
>;

export const streamsGroupTopologyKey = message("StreamsGroupTopologyKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type StreamsGroupTopologyKey = Decoded<typeof streamsGroupTopologyKey>;

const topicConfig = {
  key: string("0+"),
  value: string("0+"),
} as const;

const topicInfo = {
  name: string("0+"),
  partitions: int32("0+"),
  replicationFactor: int16("0+"),
  topicConfigs: array("0+", topicConfig),
} as const;

export const streamsGroupTopologyValue = message("StreamsGroupTopologyValue", {
  versions: "0",
  flexible: "0+",
  fields: {
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
  },
});
export type StreamsGroupTopologyValue = Decoded<typeof streamsGroupTopologyValue>;
