/** Builds the records of `__consumer_offsets` in the versions that Kafka 4.3 writes. */

import { type ClassicGroup, NO_BYTES } from "./classic_group.ts";
import type { GroupRecord } from "./types.ts";
import type { OffsetCommitKey, OffsetCommitValue } from "../../protocol/records/offsets.ts";

const GROUP_METADATA_VERSION = 3;
const OFFSET_COMMIT_VERSION = 4;
/** The only version that has a place for an expiry time of its own. */
const OFFSET_COMMIT_EXPIRING_VERSION = 1;

/** The state of a group as it goes to the log; members that `assignments` does not name get an empty one. */
export function groupMetadataRecord(
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
): GroupRecord {
  const members = [];
  for (const member of group.members.values()) {
    members.push({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: group.metadataOf(member),
      assignment: assignments.get(member.memberId) ?? NO_BYTES,
    });
  }
  return {
    type: "groupMetadata",
    key: { group: group.groupId },
    value: {
      protocolType: group.protocolType ?? "",
      generation: group.generationId,
      protocol: group.protocolName,
      leader: group.leaderId,
      currentStateTimestamp: group.stateTimestampMs,
      members,
    },
    valueVersion: GROUP_METADATA_VERSION,
  };
}

export function groupTombstone(groupId: string): GroupRecord {
  return {
    type: "groupMetadata",
    key: { group: groupId },
    value: null,
    valueVersion: GROUP_METADATA_VERSION,
  };
}

export function offsetCommitRecord(key: OffsetCommitKey, value: OffsetCommitValue): GroupRecord {
  const expires = value.expireTimestamp !== -1;
  return {
    type: "offsetCommit",
    key,
    value,
    valueVersion: expires ? OFFSET_COMMIT_EXPIRING_VERSION : OFFSET_COMMIT_VERSION,
  };
}

export function offsetTombstone(group: string, topic: string, partition: number): GroupRecord {
  return {
    type: "offsetCommit",
    key: { group, topic, partition },
    value: null,
    valueVersion: OFFSET_COMMIT_VERSION,
  };
}
