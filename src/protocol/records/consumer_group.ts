/** Keys and values of `__consumer_offsets` for KIP-848 consumer groups. */

import {
  array,
  arrayOf,
  bigInt64,
  bytes,
  type Decoded,
  int32,
  int64,
  int8,
  message,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const consumerGroupCurrentMemberAssignmentKey = message("ConsumerGroupCurrentMemberAssignmentKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type ConsumerGroupCurrentMemberAssignmentKey = Decoded<typeof consumerGroupCurrentMemberAssignmentKey>;

const topicPartitions = {
  topicId: uuid("0+"),
  partitions: arrayOf(int32, "0+"),
  assignmentEpochs: arrayOf(int32, "0+", { nullable: "0+", tag: 0 }),
} as const;

export const consumerGroupCurrentMemberAssignmentValue = message(
  "ConsumerGroupCurrentMemberAssignmentValue",
  {
    versions: "0",
    flexible: "0+",
    fields: {
      memberEpoch: int32("0+"),
      previousMemberEpoch: int32("0+"),
      state: int8("0+"),
      assignedPartitions: array("0+", topicPartitions),
      partitionsPendingRevocation: array("0+", topicPartitions),
    },
  },
);
export type ConsumerGroupCurrentMemberAssignmentValue = Decoded<
  typeof consumerGroupCurrentMemberAssignmentValue
>;

export const consumerGroupMemberMetadataKey = message("ConsumerGroupMemberMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type ConsumerGroupMemberMetadataKey = Decoded<typeof consumerGroupMemberMetadataKey>;

export const consumerGroupMemberMetadataValue = message("ConsumerGroupMemberMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    instanceId: string("0+", { nullable: "0+" }),
    rackId: string("0+", { nullable: "0+" }),
    clientId: string("0+"),
    clientHost: string("0+"),
    subscribedTopicNames: arrayOf(string, "0+"),
    subscribedTopicRegex: string("0+", { nullable: "0+" }),
    rebalanceTimeoutMs: int32("0+", { default: -1 }),
    serverAssignor: string("0+", { nullable: "0+" }),
    classicMemberMetadata: struct("0+", {
      sessionTimeoutMs: int32("0+"),
      supportedProtocols: array("0+", {
        name: string("0+"),
        metadata: bytes("0+"),
      }),
    }, { nullable: "0+", tag: 0 }),
  },
});
export type ConsumerGroupMemberMetadataValue = Decoded<typeof consumerGroupMemberMetadataValue>;

export const consumerGroupMetadataKey = message("ConsumerGroupMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type ConsumerGroupMetadataKey = Decoded<typeof consumerGroupMetadataKey>;

export const consumerGroupMetadataValue = message("ConsumerGroupMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    epoch: int32("0+"),
    metadataHash: bigInt64("0+", { tag: 0 }),
  },
});
export type ConsumerGroupMetadataValue = Decoded<typeof consumerGroupMetadataValue>;

export const consumerGroupPartitionMetadataKey = message("ConsumerGroupPartitionMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type ConsumerGroupPartitionMetadataKey = Decoded<typeof consumerGroupPartitionMetadataKey>;

export const consumerGroupPartitionMetadataValue = message("ConsumerGroupPartitionMetadataValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    topics: array("0+", {
      topicId: uuid("0+"),
      topicName: string("0+"),
      numPartitions: int32("0+"),
      partitionMetadata: array("0+", {
        partition: int32("0+"),
        racks: arrayOf(string, "0+"),
      }),
    }),
  },
});
export type ConsumerGroupPartitionMetadataValue = Decoded<typeof consumerGroupPartitionMetadataValue>;

export const consumerGroupRegularExpressionKey = message("ConsumerGroupRegularExpressionKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    regularExpression: string("0"),
  },
});
export type ConsumerGroupRegularExpressionKey = Decoded<typeof consumerGroupRegularExpressionKey>;

export const consumerGroupRegularExpressionValue = message("ConsumerGroupRegularExpressionValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    topics: arrayOf(string, "0+"),
    version: int64("0+"),
    timestamp: int64("0+"),
  },
});
export type ConsumerGroupRegularExpressionValue = Decoded<typeof consumerGroupRegularExpressionValue>;

export const consumerGroupTargetAssignmentMemberKey = message("ConsumerGroupTargetAssignmentMemberKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    memberId: string("0"),
  },
});
export type ConsumerGroupTargetAssignmentMemberKey = Decoded<typeof consumerGroupTargetAssignmentMemberKey>;

export const consumerGroupTargetAssignmentMemberValue = message("ConsumerGroupTargetAssignmentMemberValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    topicPartitions: array("0+", {
      topicId: uuid("0+"),
      partitions: arrayOf(int32, "0+"),
    }),
  },
});
export type ConsumerGroupTargetAssignmentMemberValue = Decoded<
  typeof consumerGroupTargetAssignmentMemberValue
>;

export const consumerGroupTargetAssignmentMetadataKey = message("ConsumerGroupTargetAssignmentMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
  },
});
export type ConsumerGroupTargetAssignmentMetadataKey = Decoded<
  typeof consumerGroupTargetAssignmentMetadataKey
>;

export const consumerGroupTargetAssignmentMetadataValue = message(
  "ConsumerGroupTargetAssignmentMetadataValue",
  {
    versions: "0",
    flexible: "0+",
    fields: {
      assignmentEpoch: int32("0+"),
      assignmentTimestamp: int64("0+", { default: 0, tag: 0 }),
    },
  },
);
export type ConsumerGroupTargetAssignmentMetadataValue = Decoded<
  typeof consumerGroupTargetAssignmentMetadataValue
>;
