/** Effects as the lines of a transcript. */

import type { ControlRecord, Effect } from "../../../src/raft/effects.ts";
import type { RaftReply, RaftRequest } from "../../../src/raft/messages.ts";
import type { OffsetAndEpoch, ReplicaKey } from "../../../src/raft/types.ts";

const id = (value: number) => value < 0 ? "none" : String(value);
const at = ({ offset, epoch }: OffsetAndEpoch) => `${offset} of epoch ${epoch}`;
const ids = (keys: readonly ReplicaKey[]) => keys.map((key) => key.id).join(",") || "none";

export function requestText(request: RaftRequest): string {
  switch (request.type) {
    case "vote":
      return `${request.preVote ? "pre-vote" : "vote"} epoch ${request.replicaEpoch} ` +
        `log ${request.lastOffset} of epoch ${request.lastOffsetEpoch}`;
    case "beginQuorumEpoch":
      return `beginQuorumEpoch epoch ${request.leaderEpoch}`;
    case "endQuorumEpoch":
      return `endQuorumEpoch epoch ${request.leaderEpoch} candidates ${ids(request.preferredCandidates)}`;
    case "fetch":
      return `fetch epoch ${request.currentLeaderEpoch} from ${request.fetchOffset} ` +
        `of epoch ${request.lastFetchedEpoch} knowing ${request.highWatermark}`;
    case "fetchSnapshot":
      return `fetchSnapshot ${at(request.snapshotId)} from byte ${request.position}`;
    default:
      return request.type;
  }
}

export function replyText(reply: RaftReply): string {
  const head = `${reply.type} ${reply.errorCode === 0 ? "ok" : `error ${reply.errorCode}`} ` +
    `leader ${id(reply.leaderId)} epoch ${reply.leaderEpoch}`;
  if (reply.type === "vote") return `${head} ${reply.voteGranted ? "granted" : "refused"}`;
  if (reply.type !== "fetch" || reply.errorCode !== 0) return head;
  if (reply.divergingEpoch !== null) return `${head} diverging after ${at(reply.divergingEpoch)}`;
  if (reply.snapshotId !== null) return `${head} snapshot ${at(reply.snapshotId)}`;
  return `${head} records ${reply.readFrom}..${reply.readTo} hw ${reply.highWatermark}`;
}

function recordText(record: ControlRecord): string {
  if (record.type === "voters") return `voters ${ids(record.voters)}`;
  if (record.type === "kraftVersion") return `kraftVersion ${record.kraftVersion}`;
  return `leaderChange ${record.leaderId} elected by ${ids(record.grantingVoters)}`;
}

export function effectText(effect: Effect): string {
  switch (effect.type) {
    case "persist": {
      const { leaderId, leaderEpoch, votedKey } = effect.state;
      return `persists epoch ${leaderEpoch} leader ${id(leaderId)} voted ${votedKey?.id ?? "none"}`;
    }
    case "truncate":
      return `truncates to ${effect.endOffset}`;
    case "appendControl":
      return `appends at ${effect.baseOffset} in ${effect.leaderEpoch}: ${
        effect.records.map(recordText).join("; ")
      }`;
    case "appendProposal":
      return `appends at ${effect.baseOffset} in ${effect.leaderEpoch}: a proposal`;
    case "refuseProposal":
      return `refuses a proposal: error ${effect.errorCode} leader ${id(effect.leaderId)}`;
    case "appendFetched":
      return `appends ${effect.baseOffset}..${effect.endOffset} as fetched`;
    case "send":
      return `> ${effect.to} ${requestText(effect.request)}`;
    case "reply":
      return `replies ${replyText(effect.reply)}`;
    case "highWatermark":
      return `commits up to ${effect.offset}`;
    case "leaderChanged":
      return effect.isLocal
        ? `LEADS epoch ${effect.leaderEpoch}`
        : `sees leader ${id(effect.leaderId)} in epoch ${effect.leaderEpoch}`;
    case "leaderReady":
      return `is ready to lead epoch ${effect.leaderEpoch}`;
    case "votersChanged":
      return `has voters ${ids(effect.voters)}`;
    case "installSnapshot":
      return `installs snapshot ${at(effect.snapshotId)}`;
    case "shutdownComplete":
      return "may end";
  }
}
