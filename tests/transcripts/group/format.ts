/** Writes what came out of a step as the lines of a transcript. */

import { errorInfo } from "../../../src/protocol/error_codes.ts";
import { subscribedTopicsOf } from "../../../src/coordinator/group/subscription.ts";
import type {
  Effects,
  GroupRecord,
  GroupRequest,
  GroupResponse,
  Reply,
} from "../../../src/coordinator/group/types.ts";
import { START_WALL_MS } from "../../unit/coordinator/group/driver.ts";

/** What a token stands for. */
export interface Asked {
  readonly label: string;
  readonly request: GroupRequest;
}

/** The lines for `effects` of a step that happened `nowMs` after the start. */
export function formatEffects(effects: Effects, nowMs: number, asked: (token: number) => Asked): string[] {
  const at = nowMs === 0 ? "" : `[${nowMs}] `;
  return [
    ...effects.transitions.map(({ groupId, from, to, generationId, reason }) =>
      `${at}${groupId}: ${from} -> ${to}, generation ${generationId} (${reason})`
    ),
    ...effects.appends.flatMap(({ appendId, records }) =>
      records.map((record) => `${at}append ${appendId}: ${formatRecord(record)}`)
    ),
    ...effects.replies.map((reply) => at + formatReply(reply, asked(reply.token))),
  ];
}

function formatReply({ response }: Reply, { label, request }: Asked): string {
  return `${label} <- ${formatResponse(request, response as never)}`;
}

// deno-lint-ignore no-explicit-any -- which response it is follows from the request
export function formatResponse(request: GroupRequest, response: any & GroupResponse): string {
  switch (request.type) {
    case "joinGroup": {
      if (response.errorCode !== 0) return `${errorName(response)} member=${response.memberId}`;
      const members = response.members.map((member: JoinedMember) =>
        `${member.memberId}:${formatBytes(member.metadata)}`
      );
      const skip = response.skipAssignment ? " skipAssignment" : "";
      const { memberId, generationId, protocolName, leader } = response;
      const head =
        `NONE member=${memberId} generation=${generationId} protocol=${protocolName} leader=${leader}`;
      return head + skip + (members.length > 0 ? ` members=${members.join(",")}` : "");
    }
    case "syncGroup":
      return `${errorName(response)} assignment=${formatBytes(response.assignment)}`;
    case "heartbeat":
      return errorName(response);
    case "leaveGroup": {
      const results = (response.members ?? []).map((member: LeftMember) =>
        ` ${member.memberId}${member.groupInstanceId === null ? "" : "/" + member.groupInstanceId}:${
          errorName(member)
        }`
      );
      return errorName(response) + results.join("");
    }
    case "offsetCommit":
      return formatTopics(response.topics, errorName);
    case "offsetFetch": {
      if (response.errorCode !== 0) return errorName(response);
      return formatTopics(
        response.topics,
        ({ committedOffset, metadata }) =>
          metadata === "" ? `${committedOffset}` : `${committedOffset} "${metadata}"`,
      ) || "nothing";
    }
    case "offsetDelete":
      return response.errorCode !== 0 ? errorName(response) : formatTopics(response.topics, errorName);
    case "deleteGroups":
      return response.results.map((result: NamedGroup) => `${result.groupId}:${errorName(result)}`).join(" ");
    case "listGroups":
      return response.groups.map((group: NamedGroup) =>
        `${group.groupId}:${group.groupState}:${group.groupType}:${group.protocolType}`
      ).join(" ") || errorName(response);
    case "describeGroups":
      return response.groups.map(formatDescribed).join(" ");
  }
}

interface JoinedMember {
  memberId: string;
  metadata: Uint8Array;
}

interface LeftMember {
  memberId: string;
  groupInstanceId: string | null;
  errorCode: number;
}

interface NamedGroup {
  groupId: string;
  groupState: string;
  groupType: string;
  protocolType: string;
  errorCode: number;
}

interface DescribedMember extends JoinedMember {
  memberMetadata: Uint8Array;
  memberAssignment: Uint8Array;
}

interface Partition {
  partitionIndex: number;
  errorCode: number;
  committedOffset: number;
  metadata: string;
}

function formatDescribed(group: NamedGroup & { protocolData: string; members: DescribedMember[] }): string {
  const error = group.errorCode === 0 ? "" : `:${errorName(group)}`;
  const members = group.members.map((member) =>
    ` ${member.memberId}(${formatBytes(member.memberMetadata)} ${formatBytes(member.memberAssignment)})`
  );
  const protocol = group.protocolData === "" ? "" : `:${group.protocolData}`;
  return `${group.groupId}:${group.groupState}${error}${protocol}${members.join("")}`;
}

function formatTopics(
  topics: { name: string; partitions: Partition[] }[],
  format: (partition: Partition) => string,
): string {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => `${name}-${partition.partitionIndex}=${format(partition)}`)
  ).join(" ");
}

function formatRecord(record: GroupRecord): string {
  if (record.type === "offsetCommit") {
    const { key: { group, topic, partition }, value, valueVersion } = record;
    if (value === null) return `offset ${group} ${topic}-${partition} tombstone`;
    const expires = value.expireTimestamp === -1 ? "" : ` expires ${value.expireTimestamp - START_WALL_MS}`;
    const metadata = value.metadata === "" ? "" : ` "${value.metadata}"`;
    return `offset ${group} ${topic}-${partition} ${value.offset}${metadata}${expires} v${valueVersion}`;
  }
  const { key, value } = record;
  if (value === null) return `group ${key.group} tombstone`;
  const members = value.members.map(({ memberId, assignment }) => ` ${memberId}=${formatBytes(assignment)}`);
  const { generation, protocol, leader } = value;
  return `group ${key.group} generation=${generation} protocol=${protocol} leader=${leader}${
    members.join("")
  }`;
}

/** A subscription as @topics, other bytes as text. */
function formatBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "-";
  const topics = bytes[0] === 0 ? subscribedTopicsOf(bytes) : null;
  return topics === null ? new TextDecoder().decode(bytes) : "@" + topics.join("+");
}

function errorName({ errorCode }: { errorCode: number }): string {
  return errorInfo(errorCode).name;
}
