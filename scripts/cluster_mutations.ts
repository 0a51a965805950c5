/** Bugs of consensus, replication and the controller, which only a cluster of several nodes can show. */

import type { Mutation } from "./mutations.ts";

const raft: readonly Mutation[] = [
  {
    name: "raft: vote twice in an epoch",
    exactly: ["rivals"],
    seconds: 30,
    file: "src/raft/election.ts",
    find:
      "return sameReplica(replica.votedKey, request.replicaKey) && replica.votedKey.id !== replica.localKey.id;",
    replace: "return isUpToDate;",
  },
  {
    name: "raft: vote for a log that is behind",
    file: "src/raft/election.ts",
    find:
      "const isUpToDate = replica.log.isUpToDate({ offset: request.lastOffset, epoch: request.lastOffsetEpoch });",
    replace: "const isUpToDate = true;",
  },
  {
    name: "raft: answer before the vote is on the disk",
    file: "src/controller/quorum/driver.ts",
    find: "return stateFile.write(effect.state);",
    replace: "stateFile.write(effect.state).catch(() => {});\n        return;",
  },
  {
    name: "raft: skip the sync of the vote",
    file: "src/controller/quorum/quorum_state_file.ts",
    find: "return this.#disk.writeFileAtomic(this.#path, encodeQuorumState(state));",
    replace: "const file = this.#disk.open(this.#path, { create: true });\n    file.truncate(0);\n" +
      "    file.write(encodeQuorumState(state), 0);\n    file.close();\n    return Promise.resolve();",
  },
  {
    name: "raft: forget the vote in a restart",
    exactly: ["rivals"],
    seconds: 30,
    file: "src/controller/quorum/driver.ts",
    find: "this.raft = new Raft(options.raftConfig, options.saved, options.summary);",
    replace:
      "this.raft = new Raft(options.raftConfig, { ...options.saved, votedKey: null }, options.summary);",
  },
  {
    name: "raft: commit in an older epoch (section 5.4.2)",
    file: "src/raft/leader.ts",
    find: "if (committed <= leader.epochStartOffset) return;",
    replace: "",
  },
  {
    name: "raft: take fewer than a majority for one",
    file: "src/raft/leader.ts",
    find: "const committed = ends[majorityOf(ends.length) - 1] ?? offset(-1);",
    replace: "const committed = ends[Math.max(0, majorityOf(ends.length) - 2)] ?? offset(-1);",
  },
  {
    name: "raft: fetch behind what is on the disk",
    file: "src/raft/follower.ts",
    find: "return replica.log.flushedOffset === replica.log.logEndOffset && replica.pending === null;",
    replace: "return replica.pending === null;",
  },
  {
    // Not only in what counts as a copy: a follower that is told of its fault counts wrongly for one fetch at most.
    name: "raft: believe any position of a follower",
    exactly: ["cut-leader"],
    seconds: 20,
    file: "src/raft/log_state.ts",
    find: "if (end.epoch !== lastFetchedEpoch || end.offset < fetchOffset) {",
    replace: "if (end.epoch < 0) {",
  },
  {
    name: "raft: keep what differs from the leader",
    exactly: ["cut-leader"],
    seconds: 20,
    file: "src/raft/follower.ts",
    find: "return replica.truncateTo(replica.log.truncationOffset(response.divergingEpoch));",
    replace: "return replica.peers.backOff(sent.to, replica.nowMs);",
  },
  {
    name: "raft: lead before the log of the others is applied",
    file: "src/controller/quorum/metadata_quorum.ts",
    find: "if (ready === null || this.#commits.nextOffset < ready.offset) return;",
    replace: "if (ready === null) return;",
  },
  {
    name: "metadata: leave configs out of snapshots",
    file: "src/metadata/image_snapshot.ts",
    find: "for (const [key, settings] of image.configs) {",
    replace: "for (const [key, settings] of [] as unknown as typeof image.configs) {",
  },
];

const replication: readonly Mutation[] = [
  {
    name: "replication: acknowledge before the followers have it",
    file: "src/broker/partition.ts",
    find:
      "if (this.highWatermark >= endOffset) return true;\n    if (!this.#isLeader) return Promise.resolve(false);",
    replace: "if (this.#isLeader) return true;",
  },
  {
    name: "replication: acknowledge whatever the followers have lost",
    file: "src/broker/partition.ts",
    find: "if (wasLeader && !this.#isLeader) {\n      this.#waiters.onLost();",
    replace: "if (wasLeader && !this.#isLeader) {\n      this.#waiters.onReached(Infinity);",
  },
  {
    name: "replication: count only a part of the ISR",
    file: "src/broker/replication/leader_state.ts",
    find: "let offset = localEndOffset;\n    for (const follower of this.#followers) {",
    replace: "let offset = localEndOffset;\n    for (const follower of this.#followers.slice(1)) {",
  },
  {
    name: "replication: shrink the ISR without the controller",
    file: "src/broker/replication/leader_state.ts",
    find: "this.#proposed = members;\n    this.#recount();\n    return members;",
    replace: "this.#proposed = members;\n" +
      "    this.#state = { ...this.#state, isr: members.map(({ brokerId }) => brokerId) };\n" +
      "    this.#recount();\n    return members;",
  },
  {
    name: "replication: withdraw what may have been decided",
    exactly: ["split", "kill", "slow-disk"],
    seconds: 60,
    seeds: 20,
    nodes: "5",
    file: "src/broker/replication/isr_manager.ts",
    find: "this.#unsettled.push(...wishes);\n    return false;",
    replace: "for (const { partition } of wishes) partition.withdrawIsr();\n    return false;",
    // Who has just caught up would be waited for all the same, for longer than an answer is.
    and: [{
      file: "src/broker/replication/leader_state.ts",
      find: "return follower.isCaughtUp(leaderEndOffset, nowMs, this.#context.maxLagMs) &&",
      replace: "return nowMs < 0 && follower.isCaughtUp(leaderEndOffset, nowMs, this.#context.maxLagMs) &&",
    }],
  },
  {
    name: "replication: lead with all of the log committed",
    exactly: ["leader-after-leader"],
    seconds: 30,
    seeds: 60,
    file: "src/broker/partition.ts",
    find:
      "if (!wasLeader || before?.leaderEpoch !== state.leaderEpoch) this.log.beginEpoch(state.leaderEpoch);",
    replace:
      "if (!wasLeader || before?.leaderEpoch !== state.leaderEpoch) this.log.beginEpoch(state.leaderEpoch);\n" +
      "    if (!wasLeader) this.log.highWatermark = this.log.logEndOffset;",
  },
  {
    name: "replication: follow with all of the log committed",
    file: "src/broker/partition.ts",
    find: "const next = Math.min(offset, this.log.logEndOffset);",
    replace: "const next = this.log.logEndOffset;",
  },
  {
    name: "replication: keep what differs from the leader",
    exactly: ["cut-leader", "leader-after-leader"],
    seconds: 30,
    seeds: 60,
    file: "src/broker/replication/divergence.ts",
    find: "return Math.min(own.endOffset, leader.endOffset, logEndOffset);",
    replace: "return logEndOffset;",
  },
  {
    name: "replication: ask for no leader epoch",
    exactly: ["cut-leader", "leader-after-leader"],
    seconds: 30,
    seeds: 60,
    file: "src/broker/replication/followed_partition.ts",
    find: "return this.partition.log.epochs.latestEpoch;",
    replace: "return -1;",
  },
  {
    name: "replication: keep progress into another epoch",
    exactly: ["cut-leader", "pause"],
    seconds: 60,
    seeds: 60,
    file: "src/broker/replication/leader_state.ts",
    find: "this.epochStartOffset = options.endOffset;\n      this.#followers = [];",
    replace: "this.epochStartOffset = options.endOffset;",
    // Or only who hears of two elections at once, and of himself in both, would have any progress to keep.
    and: [{
      file: "src/broker/partition.ts",
      find: "    if (!this.#isLeader) {\n      this.#leading = null;\n      return;\n    }",
      replace: "    if (!this.#isLeader) return;",
    }],
  },
  {
    name: "replication: let anybody join the ISR",
    exactly: ["kill", "leader-after-leader", "slow-network"],
    seconds: 40,
    seeds: 60,
    file: "src/broker/replication/leader_state.ts",
    find: "return follower.endOffset >= Math.max(highWatermark, this.epochStartOffset) &&",
    replace: "return follower.endOffset >= 0 &&",
  },
  {
    name: "replication: let who has the high watermark join the ISR",
    exactly: ["kill", "leader-after-leader", "slow-network"],
    seconds: 60,
    seeds: 100,
    file: "src/broker/replication/leader_state.ts",
    find: "return follower.endOffset >= Math.max(highWatermark, this.epochStartOffset) &&",
    replace: "return follower.endOffset >= highWatermark &&",
  },
  {
    name: "replication: forget min.insync.replicas",
    exactly: ["cut-link", "kill", "kill-leader"],
    seconds: 60,
    seeds: 100,
    nodes: "3",
    file: "src/broker/partition.ts",
    find: "return this.#state.isr.length >= this.#effectiveMinIsr();",
    replace: "return true;",
  },
  {
    name: "replication: fetch behind what is on the disk",
    exactly: ["kill-all", "crash-after-answer"],
    seconds: 40,
    seeds: 60,
    file: "src/broker/replication/leader_fetcher.ts",
    find: "if (followed.partition.acksNeedFlush) return this.#repairs.flush(followed);",
    replace: "",
  },
  {
    name: "replication: tell an end that is behind (KIP-207)",
    exactly: ["kill-leader", "leader-after-leader"],
    seconds: 30,
    seeds: 60,
    file: "src/broker/handlers/02_list_offsets.ts",
    find:
      "const isBehind = asked.request.replicaId < 0 && partition.highWatermark < partition.epochStartOffset;",
    replace: "const isBehind = false;",
  },
  {
    name: "replication: follow no log start",
    file: "src/broker/replication/followed_partition.ts",
    find: "if (data.logStartOffset > before) log.raiseLogStartOffset(data.logStartOffset);",
    replace: "",
  },
];

const controller: readonly Mutation[] = [
  {
    name: "controller: alter partitions at any partition epoch",
    exactly: ["late-request"],
    seconds: 40,
    file: "src/controller/handlers/56_alter_partition.ts",
    find:
      "return partition.partitionEpoch < before.partitionEpoch ? ErrorCode.INVALID_UPDATE_VERSION : null;",
    replace: "return null;",
  },
  {
    name: "controller: take any process of a broker into the ISR",
    exactly: ["late-request"],
    seconds: 20,
    file: "src/controller/handlers/56_alter_partition.ts",
    find: "return members.every(isEligible) ? null : ErrorCode.INELIGIBLE_REPLICA;",
    replace: "return members.every(isEligible) ? null : null;",
  },
  {
    name: "controller: believe any broker epoch",
    exactly: ["late-request"],
    seconds: 30,
    file: "src/controller/broker_epoch.ts",
    find: "if (broker.epoch === epoch) return null;",
    replace: "if (broker.epoch >= -1) return null;",
  },
  {
    name: "controller: leave a fenced broker its partitions",
    file: "src/controller/broker_changes.ts",
    find:
      "    ...partitionChanges(view, { removed: broker.id }, (partition) => partition.isr.includes(broker.id)),\n" +
      '    {\n      type: "BrokerRegistrationChangeRecord",',
    replace: '    {\n      type: "BrokerRegistrationChangeRecord",',
  },
  {
    name: "controller: elect whoever is there",
    file: "src/controller/partition_change.ts",
    find: 'const any = election === "unclean" ? candidates[0] : undefined;',
    replace: "const any = candidates[0];",
  },
  {
    name: "controller: elect replicas that are not in sync",
    file: "src/controller/partition_change.ts",
    find: "const clean = candidates.find((id) => this.#isr.includes(id)) ??",
    replace: "const clean = candidates.find((id) => this.#replicas.includes(id)) ??",
  },
  {
    name: "controller: elect the same leader in the same epoch",
    file: "src/metadata/apply_topics.ts",
    find: "leaderEpoch: keepsLeader ? before.leaderEpoch : before.leaderEpoch + 1 as LeaderEpoch,",
    replace: "leaderEpoch: before.leaderEpoch,",
  },
  {
    name: "controller: take every end for a clean one",
    exactly: ["relapse"],
    seconds: 40,
    file: "src/controller/broker_changes.ts",
    find: "const isLossy = view.isElrEnabled && !stoppedCleanly;",
    replace: "const isLossy = false;",
  },
  {
    name: "controller: let a new process stay in the ISR",
    file: "src/controller/handlers/62_broker_registration.ts",
    find: ": replaceIncarnation(view, before, request.previousBrokerEpoch === before.epoch);",
    replace: ": replaceIncarnation(view, before, request.previousBrokerEpoch === before.epoch).slice(0, 0);",
  },
  {
    name: "controller: move replicas before they are in sync",
    file: "src/controller/partition_change.ts",
    find:
      "if (replicas.length === 0 || isr.length === 0 || !awaited.every((id) => isr.includes(id))) return;",
    replace: "if (replicas.length === 0 || awaited.length < 0) return;",
  },
  {
    name: "controller: remember nobody who may lead (KIP-966)",
    exactly: ["out-of-turn"],
    seconds: 30,
    nodes: "3",
    file: "src/controller/partition_change.ts",
    find: "this.#replicas.includes(id) && !this.#isr.includes(id) && !unclean.includes(id)",
    replace: "this.#replicas.includes(id) && !this.#isr.includes(id) && false",
  },
];

export const clusterMutations: readonly Mutation[] = [...raft, ...replication, ...controller]
  .map((mutation) => ({ nodes: "3..5", ...mutation }));
