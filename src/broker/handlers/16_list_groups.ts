/** ListGroups (16): the groups that this broker coordinates. v4+: filter by state (KIP-518); v5+: by type (KIP-848). */

import type { ListedGroup } from "../../coordinator/group/types.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { listGroups } from "../../protocol/messages/16_list_groups.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

export function listGroupsHandler(broker: BrokerContext): Handler {
  return handler(listGroups, async ({ statesFilter, typesFilter }) => {
    const groups: ListedGroup[] = [];
    for (const shard of broker.groups.shards) {
      const asked = { type: "listGroups", statesFilter, typesFilter } as const;
      const answer = await shard.request(asked) as { errorCode: number; groups: readonly ListedGroup[] };
      if (answer.errorCode !== ErrorCode.NONE) return { errorCode: answer.errorCode, groups: [] };
      groups.push(...answer.groups);
    }
    return { errorCode: ErrorCode.NONE, groups };
  });
}
