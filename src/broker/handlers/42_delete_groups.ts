/** DeleteGroups (42): deletes groups that have no members, with their offsets (KIP-229). */

import type { DeletedGroup } from "../../coordinator/group/types.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { deleteGroups } from "../../protocol/messages/42_delete_groups.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

export function deleteGroupsHandler(broker: BrokerContext): Handler {
  return handler(deleteGroups, async (request) => ({
    results: await Promise.all(
      [...new Set(request.groupsNames)].map(async (groupId): Promise<DeletedGroup> => {
        if (groupId === "") return { groupId, errorCode: ErrorCode.INVALID_GROUP_ID };
        const answer = await broker.groups.ask<{ results: readonly DeletedGroup[] }>(
          groupId,
          { type: "deleteGroups", groupIds: [groupId] },
          (errorCode) => ({ results: [{ groupId, errorCode }] }),
        );
        return answer.results[0]!;
      }),
    ),
  }));
}
