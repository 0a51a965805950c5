/** Where the log of a leader begins and ends, as a follower asks it (ListOffsets). */

import type { ClientConnection } from "../../client/connection.ts";
import type { NodeId } from "../../core/ids.ts";
import { ErrorCode, errorInfo } from "../../protocol/error_codes.ts";
import { listOffsets } from "../../protocol/messages/02_list_offsets.ts";
import type { FollowedPartition } from "./followed_partition.ts";

const LATEST = -1;
const EARLIEST = -2;

/** Asks for both ends. Rejects when the leader does not answer or refuses. */
export async function leaderOffsets(
  connection: ClientConnection,
  followed: FollowedPartition,
  replicaId: NodeId,
): Promise<{ readonly logStartOffset: number; readonly logEndOffset: number }> {
  const [logEndOffset, logStartOffset] = await Promise.all([
    leaderOffset(connection, followed, { replicaId, timestamp: LATEST }),
    leaderOffset(connection, followed, { replicaId, timestamp: EARLIEST }),
  ]);
  return { logStartOffset, logEndOffset };
}

async function leaderOffset(
  connection: ClientConnection,
  { partition, leaderEpoch }: FollowedPartition,
  { replicaId, timestamp }: { readonly replicaId: NodeId; readonly timestamp: number },
): Promise<number> {
  const response = await connection.send(listOffsets, {
    replicaId,
    isolationLevel: 0,
    topics: [{
      name: partition.topic,
      partitions: [{ partitionIndex: partition.index, currentLeaderEpoch: leaderEpoch, timestamp }],
    }],
  });
  const answer = response.topics[0]?.partitions[0];
  const errorCode = answer?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
  if (answer === undefined || errorCode !== ErrorCode.NONE) throw new Error(errorInfo(errorCode).name);
  return answer.offset;
}
