/** The routes that look at consumer groups and delete them. */

import { DEAD, GroupAdmin, listGroups } from "../../../client/group/group_admin.ts";
import { lagOf, totalLag } from "../../../client/group/lag.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { groupId, partitionIndex } from "../params.ts";
import { refusal } from "../problem.ts";
import { route } from "../route.ts";
import { integer, list, named, nullable, optional, string, struct } from "../schema.ts";

/** Partitions of a topic that a member has. */
export const assignedPartitions = named(
  "AssignedPartitions",
  struct({ topic: string(), partitions: list(partitionIndex) }),
);

const member = named(
  "GroupMember",
  struct({
    memberId: string(),
    groupInstanceId: nullable(string({ description: "Of a static member (KIP-345)." })),
    clientId: string(),
    host: string(),
    assigned: nullable(
      list(assignedPartitions, { description: "Null when the group is not one of consumers." }),
    ),
  }),
);

const groupPartition = named(
  "GroupPartition",
  struct({
    topic: string(),
    partition: partitionIndex,
    committedOffset: nullable(integer({ description: "Null when nothing is committed." })),
    endOffset: nullable(integer({ description: "Null when nobody can be asked." })),
    lag: nullable(integer({ description: "How many records are still to be read." })),
    metadata: string({ description: "What the consumer keeps beside its position." }),
    memberId: nullable(string({ description: "Who reads it now." })),
  }),
);

export const listGroupsRoute = route({
  method: "GET",
  path: "/consumer-groups",
  operationId: "listGroups",
  tag: "Consumer groups",
  summary: "All groups",
  query: {
    state: optional(
      string({ description: "Only groups in this state, such as `Stable` or `Empty`.", maxLength: 100 }),
    ),
  },
  success: {
    status: 200,
    description: "The groups, by name.",
    schema: struct({
      groups: list(named(
        "GroupSummary",
        struct({
          groupId: string(),
          state: string(),
          type: string({ description: "`classic`, or `consumer` (KIP-848)." }),
          protocolType: string(),
          coordinator: integer({ description: "The broker that coordinates it." }),
        }),
      )),
      unreachable: list(integer(), {
        description: "Brokers that did not answer: their groups are missing here.",
      }),
    }),
  },
  async handle({ query: { state } }, { reading }) {
    const unreachable: number[] = [];
    const groups = await listGroups(reading, {
      ...(state === undefined ? {} : { states: [state] }),
      onUnreachable: (brokerId) => unreachable.push(brokerId),
    });
    return { body: { groups, unreachable } };
  },
});

export const describeGroupRoute = route({
  method: "GET",
  path: "/consumer-groups/{group}",
  operationId: "describeGroup",
  tag: "Consumer groups",
  summary: "A group: members, positions and lag",
  params: { group: groupId },
  success: {
    status: 200,
    description: "The group.",
    schema: struct({
      groupId: string(),
      state: string(),
      protocolType: string(),
      protocol: string({ description: "The assignor in force." }),
      coordinator: integer({ description: "The broker that coordinates it." }),
      lag: integer({ description: "Over all partitions." }),
      members: list(member),
      partitions: list(groupPartition),
    }),
  },
  problems: [404, 422],
  async handle({ params: { group } }, { reading, grouping }) {
    const admin = new GroupAdmin(grouping, group);
    const [description, committed] = await Promise.all([admin.describe(), admin.committed()]);
    if (description.state === DEAD) throw noGroup(`describe group "${group}"`);
    const partitions = await lagOf(reading, description, committed);
    const { members, ...facts } = description;
    return {
      body: {
        ...facts,
        lag: totalLag(partitions),
        members: members.map(({ assigned, ...one }) => ({
          ...one,
          assigned: assigned === null
            ? null
            : [...assigned].map(([topic, indexes]) => ({ topic, partitions: [...indexes] })),
        })),
        partitions,
      },
    };
  },
});

/** The problem with a group that is not there. */
export function noGroup(action: string) {
  return refusal(action, ErrorCode.GROUP_ID_NOT_FOUND, "there is no such group");
}

export const deleteGroupRoute = route({
  method: "DELETE",
  path: "/consumer-groups/{group}",
  operationId: "deleteGroup",
  tag: "Consumer groups",
  summary: "Deletes a group and its positions",
  description: "Nobody may be in the group.",
  params: { group: groupId },
  success: { status: 204, description: "The group is gone." },
  problems: [404, 409, 422],
  async handle({ params: { group } }, { grouping }) {
    const { errorCode } = await new GroupAdmin(grouping, group).delete();
    if (errorCode !== ErrorCode.NONE) throw refusal(`delete group "${group}"`, errorCode);
    return { body: undefined };
  },
});
