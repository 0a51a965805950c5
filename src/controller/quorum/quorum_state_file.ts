/** `quorum-state`: the epoch, leader and vote that a replica must never forget (KIP-595, KIP-853). */

import { encodeUtf8 } from "../../core/bytes.ts";
import { DecodeError } from "../../core/errors.ts";
import type { LeaderEpoch, NodeId } from "../../core/ids.ts";
import { parseUuid, ZERO_UUID } from "../../core/uuid.ts";
import type { Disk } from "../../platform/disk.ts";
import type { QuorumState } from "../../raft/types.ts";

export const QUORUM_STATE = "quorum-state";

/** Before the first election. */
const INITIAL: QuorumState = { leaderId: -1 as NodeId, leaderEpoch: 0 as LeaderEpoch, votedKey: null };

/** The file of one replica. */
export class QuorumStateFile {
  readonly #disk: Disk;
  readonly #path: string;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#path = `${directory}/${QUORUM_STATE}`;
  }

  /** What was written last. Throws {@link DecodeError} when the file is damaged: the node must not vote then. */
  read(): QuorumState {
    if (!this.#disk.exists(this.#path)) return INITIAL;
    return decodeQuorumState(this.#path, new TextDecoder().decode(this.#disk.readFile(this.#path)));
  }

  /** Resolves when `state` survives a crash. */
  write(state: QuorumState): Promise<void> {
    return this.#disk.writeFileAtomic(this.#path, encodeQuorumState(state));
  }
}

/** The content of the file, as Kafka writes version 1. */
export function encodeQuorumState(state: QuorumState): Uint8Array<ArrayBuffer> {
  return encodeUtf8(JSON.stringify({
    leaderId: state.leaderId,
    leaderEpoch: state.leaderEpoch,
    votedId: state.votedKey?.id ?? -1,
    votedDirectoryId: state.votedKey?.directoryId ?? ZERO_UUID,
    data_version: 1,
  }));
}

function decodeQuorumState(path: string, text: string): QuorumState {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(text);
  } catch {
    throw new DecodeError(`read ${path}: it is not JSON`);
  }
  const version = data["data_version"];
  const leaderId = data["leaderId"] ?? -1;
  const leaderEpoch = data["leaderEpoch"];
  const votedId = data["votedId"] ?? -1;
  const isValid = (version === 0 || version === 1) && isId(leaderId) && isId(votedId) &&
    Number.isSafeInteger(leaderEpoch) && leaderEpoch as number >= 0;
  if (!isValid) throw new DecodeError(`read ${path}: wanted version 0 or 1 of a quorum state, got ${text}`);
  const directoryId = parseUuid(String(data["votedDirectoryId"] ?? ZERO_UUID));
  return {
    leaderId: leaderId as NodeId,
    leaderEpoch: leaderEpoch as LeaderEpoch,
    votedKey: votedId === -1 ? null : { id: votedId as NodeId, directoryId },
  };
}

function isId(value: unknown): boolean {
  return Number.isSafeInteger(value) && value as number >= -1;
}
