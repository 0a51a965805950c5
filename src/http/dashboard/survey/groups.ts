/** The groups of all brokers with their members and positions: three requests to each broker. */

import type { Cluster } from "../../../client/cluster.ts";
import { CONSUMER_PROTOCOL, decodeAssignment } from "../../../client/group/consumer_protocol.ts";
import { DecodeError } from "../../../core/errors.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { offsetFetch } from "../../../protocol/messages/09_offset_fetch.ts";
import { describeGroups } from "../../../protocol/messages/15_describe_groups.ts";
import { listGroups } from "../../../protocol/messages/16_list_groups.ts";
import type { Decoded } from "../../../protocol/schema.ts";
import type { GroupPicture, MemberPicture } from "../picture.ts";
import { askBroker } from "./ask.ts";

/** More groups of one broker than this are not drawn. */
const MAX_GROUPS = 200;
/** The last version of OffsetFetch that names topics. */
const WITH_NAMES = 9;

type Listed = Decoded<typeof listGroups.response>["groups"][number];
type Described = Decoded<typeof describeGroups.response>["groups"][number];

/** The groups of `brokers`, by name. */
export async function surveyGroups(cluster: Cluster, brokers: readonly number[]): Promise<GroupPicture[]> {
  const found = await Promise.all(brokers.map((broker) => groupsAt(cluster, broker)));
  return found.flat().sort((a, b) => a.groupId < b.groupId ? -1 : 1);
}

async function groupsAt(cluster: Cluster, broker: number): Promise<GroupPicture[]> {
  const listing = await askBroker(cluster, broker, listGroups, { statesFilter: [], typesFilter: [] });
  if (listing === null || listing.errorCode !== ErrorCode.NONE) return [];
  const listed = listing.groups.slice(0, MAX_GROUPS);
  if (listed.length === 0) return [];
  const groupIds = listed.map(({ groupId }) => groupId);
  const [described, positions] = await Promise.all([
    askBroker(cluster, broker, describeGroups, { groups: groupIds }),
    committedAt(cluster, broker, groupIds),
  ]);
  const byId = new Map((described?.groups ?? []).map((group) => [group.groupId, group]));
  return listed.map((group) => groupOf(group, byId.get(group.groupId), broker, positions));
}

type Positions = ReadonlyMap<string, GroupPicture["committed"]>;

async function committedAt(
  cluster: Cluster,
  broker: number,
  groupIds: readonly string[],
): Promise<Positions> {
  const groups = groupIds.map((groupId) => ({ groupId, topics: null }));
  const answer = await askBroker(cluster, broker, offsetFetch, { groups }, WITH_NAMES);
  return new Map((answer?.groups ?? []).map(({ groupId, topics }) => [
    groupId,
    topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode, committedOffset }) => errorCode === ErrorCode.NONE && committedOffset >= 0)
        .map(({ partitionIndex, committedOffset }) => ({
          topic: name,
          partition: partitionIndex,
          offset: committedOffset,
        }))
    ),
  ]));
}

function groupOf(
  listed: Listed,
  described: Described | undefined,
  coordinator: number,
  positions: Positions,
): GroupPicture {
  const isConsumer = described?.protocolType === CONSUMER_PROTOCOL;
  return {
    groupId: listed.groupId,
    state: described?.groupState || listed.groupState,
    type: listed.groupType,
    assignor: described?.protocolData ?? "",
    coordinator,
    members: (described?.members ?? []).map((
      { memberId, clientId, clientHost, memberAssignment },
    ): MemberPicture => ({
      memberId,
      clientId,
      host: clientHost.replace(/^\//, ""),
      assigned: isConsumer ? assignedOf(memberAssignment) : [],
    })),
    committed: positions.get(listed.groupId) ?? [],
  };
}

/** What a member was given; nothing when its leader wrote something that consumers would not read either. */
function assignedOf(bytes: Uint8Array): MemberPicture["assigned"] {
  try {
    return [...decodeAssignment(bytes)].map(([topic, partitions]) => ({ topic, partitions }));
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}
