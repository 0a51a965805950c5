/** Records of `__consumer_offsets`: committed offsets, and groups of all kinds. */

import { DecodeError } from "../../../core/errors.ts";
import * as consumer from "../../../protocol/records/consumer_group.ts";
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from "../../../protocol/records/consumer_protocol.ts";
import * as classic from "../../../protocol/records/offsets.ts";
import * as share from "../../../protocol/records/share_group.ts";
import * as streams from "../../../protocol/records/streams_group.ts";
import type { Message } from "../../../protocol/schema.ts";
import {
  decodeCoordinatorRecord,
  type Decoded,
  decodeVersioned,
  type KeyAndValue,
} from "./coordinator_record.ts";

/** By the number that a key begins with (KIP-848, KIP-932, KIP-1071). */
const kinds: Readonly<Record<number, KeyAndValue>> = {
  0: [classic.legacyOffsetCommitKey, classic.legacyOffsetCommitValue],
  1: [classic.offsetCommitKey, classic.offsetCommitValue],
  2: [classic.groupMetadataKey, classic.groupMetadataValue],
  3: [consumer.consumerGroupMetadataKey, consumer.consumerGroupMetadataValue],
  4: [consumer.consumerGroupPartitionMetadataKey, consumer.consumerGroupPartitionMetadataValue],
  5: [consumer.consumerGroupMemberMetadataKey, consumer.consumerGroupMemberMetadataValue],
  6: [consumer.consumerGroupTargetAssignmentMetadataKey, consumer.consumerGroupTargetAssignmentMetadataValue],
  7: [consumer.consumerGroupTargetAssignmentMemberKey, consumer.consumerGroupTargetAssignmentMemberValue],
  8: [consumer.consumerGroupCurrentMemberAssignmentKey, consumer.consumerGroupCurrentMemberAssignmentValue],
  10: [share.shareGroupMemberMetadataKey, share.shareGroupMemberMetadataValue],
  11: [share.shareGroupMetadataKey, share.shareGroupMetadataValue],
  12: [share.shareGroupTargetAssignmentMetadataKey, share.shareGroupTargetAssignmentMetadataValue],
  13: [share.shareGroupTargetAssignmentMemberKey, share.shareGroupTargetAssignmentMemberValue],
  14: [share.shareGroupCurrentMemberAssignmentKey, share.shareGroupCurrentMemberAssignmentValue],
  15: [share.shareGroupStatePartitionMetadataKey, share.shareGroupStatePartitionMetadataValue],
  16: [consumer.consumerGroupRegularExpressionKey, consumer.consumerGroupRegularExpressionValue],
  17: [streams.streamsGroupMetadataKey, streams.streamsGroupMetadataValue],
  19: [streams.streamsGroupMemberMetadataKey, streams.streamsGroupMemberMetadataValue],
  20: [streams.streamsGroupTargetAssignmentMetadataKey, streams.streamsGroupTargetAssignmentMetadataValue],
  21: [streams.streamsGroupTargetAssignmentMemberKey, streams.streamsGroupTargetAssignmentMemberValue],
  22: [streams.streamsGroupCurrentMemberAssignmentKey, streams.streamsGroupCurrentMemberAssignmentValue],
  23: [streams.streamsGroupTopologyKey, streams.streamsGroupTopologyValue],
};

/** Reads a record of `__consumer_offsets`. Throws {@link DecodeError}. */
export function decodeOffsetsRecord(key: Uint8Array | null, value: Uint8Array | null): Decoded {
  const decoded = decodeCoordinatorRecord(kinds, key, value);
  if (decoded.value === null) return decoded;
  if (decoded.type === "GroupMetadata") return { ...decoded, value: withProtocol(decoded.value as Group) };
  if (decoded.type === "ConsumerGroupMemberMetadata") {
    return { ...decoded, value: withClassicProtocols(decoded.value as ModernMember) };
  }
  return decoded;
}

type Group = classic.GroupMetadataValue;
type ModernMember = consumer.ConsumerGroupMemberMetadataValue;

/** What consumers say to each other inside a group is bytes to the broker, but of a known form. */
function withProtocol(group: Group): unknown {
  if (group.protocolType !== "consumer") return group;
  const members = group.members.map((member) => ({
    ...member,
    subscription: orBytes(consumerProtocolSubscription, member.subscription),
    assignment: orBytes(consumerProtocolAssignment, member.assignment),
  }));
  return { ...group, members };
}

function withClassicProtocols(member: ModernMember): unknown {
  const { classicMemberMetadata: metadata } = member;
  if (metadata === null) return member;
  const supportedProtocols = metadata.supportedProtocols.map(({ name, metadata }) => ({
    name,
    metadata: orBytes(consumerProtocolSubscription, metadata),
  }));
  return { ...member, classicMemberMetadata: { ...metadata, supportedProtocols } };
}

function orBytes(message: Message, bytes: Uint8Array): unknown {
  if (bytes.length === 0) return bytes;
  try {
    return decodeVersioned(message, bytes).data;
  } catch (error) {
    if (error instanceof DecodeError) return bytes;
    throw error;
  }
}
