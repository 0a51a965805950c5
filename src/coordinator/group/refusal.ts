/** The answers of a shard that does not serve: it is still loading, or the partition has another leader. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { NO_BYTES } from "./classic_group.ts";
import { describeError } from "./describe.ts";
import { commitError } from "./offset_commit.ts";
import { deleteError } from "./offset_delete.ts";
import { fetchError } from "./offset_fetch.ts";
import { joinError } from "./rebalance.ts";
import type { GroupRequest, GroupResponse } from "./types.ts";

/** The response that refuses `request` as a whole with `errorCode`. */
export function refusalOf(request: GroupRequest, errorCode: number): GroupResponse {
  switch (request.type) {
    case "joinGroup": {
      const waiting = { token: request.token, apiVersion: request.context.apiVersion };
      return joinError(waiting, errorCode, request.request.memberId);
    }
    case "syncGroup":
      return { errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES };
    case "heartbeat":
      // A member that is told it is fine waits for the coordinator to be ready; an error might make it rejoin.
      return {
        errorCode: errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : errorCode,
      };
    case "leaveGroup":
      return { errorCode, members: [] };
    case "offsetCommit":
      return commitError(request.request, errorCode);
    case "offsetFetch":
      return fetchError(request.group, errorCode);
    case "offsetDelete":
      return deleteError(errorCode);
    case "deleteGroups":
      return { results: request.groupIds.map((groupId) => ({ groupId, errorCode })) };
    case "listGroups":
      return { errorCode, groups: [] };
    case "describeGroups":
      return { groups: request.groupIds.map((groupId) => describeError(groupId, errorCode)) };
  }
}
