/** DescribeGroups (15): state, members and assignments of groups. v6: GROUP_ID_NOT_FOUND (KIP-1043). */

import type { DescribedGroup } from "../../coordinator/group/types.ts";
import { describeGroups } from "../../protocol/messages/15_describe_groups.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { groupRequestContext } from "../groups/request_context.ts";

/** No authorized operations are told (KIP-430). */
const refusal = { groupState: "", protocolType: "", protocolData: "", members: [] };

export function describeGroupsHandler(broker: BrokerContext): Handler {
  return handler(describeGroups, async (request, context) => {
    const answers = await Promise.all(request.groups.map(async (groupId): Promise<DescribedGroup> => {
      const asked = {
        type: "describeGroups",
        context: groupRequestContext(context),
        groupIds: [groupId],
      } as const;
      const answer = await broker.groups.ask<{ groups: readonly DescribedGroup[] }>(
        groupId,
        asked,
        (errorCode) => ({ groups: [{ ...refusal, groupId, errorCode }] }),
      );
      return answer.groups[0]!;
    }));
    return { groups: answers };
  });
}
