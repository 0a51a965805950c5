/**
 * The routes for members of a group that speak HTTP: they register, send heartbeats, commit and leave. The group's
 * coordinator keeps all that there is to know, so a member may turn to another node with each request.
 */

import { NetworkError } from "../../../platform/network.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { heartbeat } from "../../../protocol/messages/12_heartbeat.ts";
import { leaveGroup } from "../../../protocol/messages/13_leave_group.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { assignorNames } from "../../../client/group/assignors/names.ts";
import { NO_GENERATION } from "../../../client/group/consumer_protocol.ts";
import { CoordinatorClient } from "../../../client/group/coordinator_client.ts";
import { GroupAdmin } from "../../../client/group/group_admin.ts";
import { commitOffsets, fetchOffsets } from "../../../client/group/group_offsets.ts";
import { joinOnce } from "../../../client/group/join_once.ts";
import { defaultMembershipOptions } from "../../../client/group/options.ts";
import { flatten } from "../../../client/group/topic_partitions.ts";
import type { RestContext } from "../context.ts";
import { groupId, partitionIndex, topicName } from "../params.ts";
import { Problem, refusal } from "../problem.ts";
import { route } from "../route.ts";
import { boolean, integer, list, nullable, oneOf, optional, string, struct, withDefault } from "../schema.ts";
import { assignedPartitions } from "./routes.ts";

/** How long a member may wait for the others of its group, in milliseconds. */
const REBALANCE_TIMEOUT_MS = 60_000;
const MAX_ID_LENGTH = 32_000;

const memberId = string({
  description: "What registering has given.",
  minLength: 1,
  maxLength: MAX_ID_LENGTH,
});
const instanceId = optional(
  nullable(string({ description: "The name of a static member (KIP-345).", minLength: 1, maxLength: 249 })),
);

export const registerMemberRoute = route({
  method: "POST",
  path: "/consumer-groups/{group}/register",
  operationId: "registerMember",
  tag: "Consumer groups",
  summary: "Joins a group, or joins it again",
  description:
    "Waits until all members have joined and answers with the partitions that this one is to read. " +
    "A member whose heartbeat says `rejoin` registers again with its `memberId`.",
  params: { group: groupId },
  body: struct({
    topics: list(topicName, { description: "What the member wants to read.", minItems: 1, maxItems: 1_000 }),
    memberId: optional(nullable(string({ description: "Of an earlier answer.", maxLength: MAX_ID_LENGTH }))),
    groupInstanceId: instanceId,
    sessionTimeoutMs: withDefault(
      integer({
        description: "After so long without a heartbeat the member counts as gone, in milliseconds.",
        minimum: 1_000,
        maximum: 1_800_000,
      }),
      45_000,
    ),
    assignor: withDefault(oneOf(assignorNames), "range"),
  }),
  success: {
    status: 200,
    description: "The member is in the group.",
    schema: struct({
      groupId: string(),
      memberId: string(),
      generationId: integer(),
      isLeader: boolean(),
      protocol: string({ description: "The assignor that the group uses." }),
      heartbeatIntervalMs: integer({ description: "How often to send a heartbeat." }),
      assigned: list(assignedPartitions),
      committed: list(
        struct({ topic: string(), partition: partitionIndex, offset: integer(), metadata: string() }),
        { description: "The positions in these partitions, where there are any." },
      ),
    }),
  },
  problems: [404, 409, 422],
  async handle({ params: { group }, body }, rest) {
    const seat = await joining(group, async (cluster) => {
      // A coordinator that is not to be found is told soon; members that take their time are waited for.
      await new GroupAdmin(cluster, group).describe();
      return await joinOnce(cluster, {
        ...defaultMembershipOptions,
        groupId: group,
        topics: new Set(body.topics),
        memberId: body.memberId ?? "",
        groupInstanceId: body.groupInstanceId ?? null,
        assignors: [body.assignor],
        sessionTimeoutMs: body.sessionTimeoutMs,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      });
    }, rest);
    const { grouping } = rest;
    const coordinator = new CoordinatorClient(grouping, group, { shared: true });
    const places = flatten(seat.assigned);
    const committed = places.length === 0
      ? []
      : await fetchOffsets(grouping, coordinator, group, places, timeoutOf(grouping));
    return {
      body: {
        ...seat,
        groupId: group,
        heartbeatIntervalMs: Math.min(3_000, Math.floor(body.sessionTimeoutMs / 3)),
        assigned: [...seat.assigned].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
        committed: committed.map(({ leaderEpoch: _, ...one }) => one),
      },
    };
  },
});

async function joining<T>(
  group: string,
  join: (cluster: Cluster) => Promise<T>,
  rest: RestContext,
): Promise<T> {
  try {
    return await rest.alone(join, rest.waiting);
  } catch (error) {
    if (!(error instanceof NetworkError) || error.code !== "closed") throw error;
    throw new Problem(503, `group "${group}" did not come to rest within ${REBALANCE_TIMEOUT_MS} ms`);
  }
}

function timeoutOf({ options }: { readonly options: { readonly requestTimeoutMs: number } }) {
  return { timeoutMs: options.requestTimeoutMs };
}

export const heartbeatRoute = route({
  method: "POST",
  path: "/consumer-groups/{group}/heartbeat",
  operationId: "sendHeartbeat",
  tag: "Consumer groups",
  summary: "Says that a member lives",
  params: { group: groupId },
  body: struct({
    memberId,
    generationId: integer({ minimum: 0, maximum: 2_147_483_647 }),
    groupInstanceId: instanceId,
  }),
  success: {
    status: 200,
    description: "The member is in the group.",
    schema: struct({
      rejoin: boolean({ description: "Whether the group rebalances: register again then." }),
    }),
  },
  problems: [404, 409, 422],
  async handle({ params: { group }, body }, { grouping }) {
    const coordinator = new CoordinatorClient(grouping, group, { shared: true });
    const { errorCode } = await coordinator.ask(heartbeat, {
      groupId: group,
      generationId: body.generationId,
      memberId: body.memberId,
      groupInstanceId: body.groupInstanceId ?? null,
    }, { lane: "membership", errorOf: (response) => response.errorCode, ...timeoutOf(grouping) });
    const rejoin = errorCode === ErrorCode.REBALANCE_IN_PROGRESS;
    if (errorCode !== ErrorCode.NONE && !rejoin) throw refusal(`heartbeat in group "${group}"`, errorCode);
    return { body: { rejoin } };
  },
});

export const leaveGroupRoute = route({
  method: "POST",
  path: "/consumer-groups/{group}/leave",
  operationId: "leaveGroup",
  tag: "Consumer groups",
  summary: "Takes a member out of a group, so that the others need not wait for its session to end",
  params: { group: groupId },
  body: struct({ memberId, groupInstanceId: instanceId }),
  success: { status: 204, description: "The member is not in the group any more." },
  problems: [404, 409, 422],
  async handle({ params: { group }, body }, { grouping }) {
    const coordinator = new CoordinatorClient(grouping, group, { shared: true });
    const { errorCode, members = [] } = await coordinator.ask(leaveGroup, {
      groupId: group,
      memberId: body.memberId,
      members: [{
        memberId: body.memberId,
        groupInstanceId: body.groupInstanceId ?? null,
        reason: "left over HTTP",
      }],
    }, { lane: "membership", errorOf: (response) => response.errorCode, ...timeoutOf(grouping) });
    const code = errorCode || (members[0]?.errorCode ?? ErrorCode.NONE);
    if (code !== ErrorCode.NONE) throw refusal(`leave group "${group}"`, code);
    return { body: undefined };
  },
});

export const commitRoute = route({
  method: "POST",
  path: "/consumer-groups/{group}/topics/{topic}/partitions/{partition}/commit",
  operationId: "commitOffset",
  tag: "Consumer groups",
  summary: "Commits the position of a group in a partition",
  description:
    "A member says who it is. Without a member, positions can be set while nobody is in the group.",
  params: { group: groupId, topic: topicName, partition: partitionIndex },
  body: struct({
    offset: integer({ description: "Of the next record to read.", minimum: 0 }),
    metadata: optional(
      nullable(string({ description: "Whatever is to be kept beside it.", maxLength: 32_767 })),
    ),
    memberId: optional(nullable(memberId)),
    generationId: optional(nullable(integer({ minimum: 0, maximum: 2_147_483_647 }))),
    groupInstanceId: instanceId,
  }),
  success: { status: 204, description: "The position is committed." },
  problems: [404, 409, 413, 422],
  async handle({ params: { group, topic, partition }, body }, { grouping }) {
    const coordinator = new CoordinatorClient(grouping, group, { shared: true });
    const committer = {
      groupId: group,
      memberId: body.memberId ?? "",
      generationId: body.generationId ?? NO_GENERATION,
      groupInstanceId: body.groupInstanceId ?? null,
    };
    const position = { topic, partition, offset: body.offset, metadata: body.metadata ?? "" };
    const [result] = await commitOffsets(coordinator, committer, [position], timeoutOf(grouping));
    const errorCode = result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    if (errorCode !== ErrorCode.NONE) {
      const isAnonymous = errorCode === ErrorCode.UNKNOWN_MEMBER_ID && committer.memberId === "";
      const detail = isAnonymous ? "somebody is in the group; wanted memberId and generationId" : null;
      throw refusal(`commit ${topic}-${partition} for group "${group}"`, errorCode, detail);
    }
    return { body: undefined };
  },
});
