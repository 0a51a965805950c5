/** Keys and values of `__consumer_offsets` for share groups (KIP-932). */

import {
  array,
  arrayOf,
  bigInt64,
  type Decoded,
  int32,
  int64,
  int8,
  message,
  string,
  uuid,
} from "../schema.ts";

export const shareGroupCurrentMemberAssignmentKey = message("ShareGroupCurrentMemberAssignmentKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type ShareGroupCurrentMemberAssignmentKey = Decoded<typeof shareGroupCurrentMemberAssignmentKey>;

const topicPartitions = {
  topicId: uuid("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

export const shareGroupCurrentMemberAssignmentValue = message("ShareGroupCurrentMemberAssignmentValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    memberEpoch: int32("0+"),
    previousMemberEpoch: int32("0+"),
    state: int8("0+"),
    assignedPartitions: array("0+", topicPartitions),
  },
});
export type ShareGroupCurrentMemberAssignmentValue = Decoded<typeof shareGroupCurrentMemberAssignmentValue>;

export const shareGroupMemberMetadataKey = message("ShareGroupMemberMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type ShareGroupMemberMetadataKey = Decoded<typeof shareGroupMemberMetadataKey>;

export const shareGroupMemberMetadataValue = message("ShareGroupMemberMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    rackId: string("0+", { nullable: "0+" }),
    clientId: string("0+"),
    clientHost: string("0+"),
    subscribedTopicNames: arrayOf(string, "0+"),
  },
});
export type ShareGroupMemberMetadataValue = Decoded<typeof shareGroupMemberMetadataValue>;

export const shareGroupMetadataKey = message("ShareGroupMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type ShareGroupMetadataKey = Decoded<typeof shareGroupMetadataKey>;

export const shareGroupMetadataValue = message("ShareGroupMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    epoch: int32("0+"),
    metadataHash: bigInt64("0+"),
  },
});
export type ShareGroupMetadataValue = Decoded<typeof shareGroupMetadataValue>;

export const shareGroupStatePartitionMetadataKey = message("ShareGroupStatePartitionMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type ShareGroupStatePartitionMetadataKey = Decoded<typeof shareGroupStatePartitionMetadataKey>;

const topicPartitionsInfo = {
  topicId: uuid("0+"),
  topicName: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

const topicInfo = {
  topicId: uuid("0+"),
  topicName: string("0+"),
} as const;

export const shareGroupStatePartitionMetadataValue = message("ShareGroupStatePartitionMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    initializingTopics: array("0+", topicPartitionsInfo),
    initializedTopics: array("0+", topicPartitionsInfo),
    deletingTopics: array("0+", topicInfo),
  },
});
export type ShareGroupStatePartitionMetadataValue = Decoded<typeof shareGroupStatePartitionMetadataValue>;

export const shareGroupTargetAssignmentMemberKey = message("ShareGroupTargetAssignmentMemberKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type ShareGroupTargetAssignmentMemberKey = Decoded<typeof shareGroupTargetAssignmentMemberKey>;

export const shareGroupTargetAssignmentMemberValue = message("ShareGroupTargetAssignmentMemberValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    topicPartitions: array("0+", {
      topicId: uuid("0+"),
      partitions: arrayOf(int32, "0+"),
    }),
  },
});
export type ShareGroupTargetAssignmentMemberValue = Decoded<typeof shareGroupTargetAssignmentMemberValue>;

export const shareGroupTargetAssignmentMetadataKey = message("ShareGroupTargetAssignmentMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type ShareGroupTargetAssignmentMetadataKey = Decoded<typeof shareGroupTargetAssignmentMetadataKey>;

export const shareGroupTargetAssignmentMetadataValue = message("ShareGroupTargetAssignmentMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    assignmentEpoch: int32("0+"),
    assignmentTimestamp: int64("0+", { default: 0, tag: 0 }),
  },
});
export type ShareGroupTargetAssignmentMetadataValue = Decoded<typeof shareGroupTargetAssignmentMetadataValue>;
