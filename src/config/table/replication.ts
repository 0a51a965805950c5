/** Replicas, leadership and the life of brokers in a cluster. */

import { boolean, int, long, text } from "../definition.ts";

export const replicationConfigs = {
  "num.replica.fetchers": int("How many connections a broker uses to fetch from each other broker.", 1, {
    min: 1,
    update: "cluster-wide",
  }),
  "replica.fetch.backoff.ms": int("How long a follower waits after a failed fetch.", 1000, {
    min: 0,
    acts: true,
  }),
  "replica.fetch.max.bytes": int(
    "How many bytes of one partition a follower asks for at a time.",
    1_048_576,
    { min: 0, acts: true },
  ),
  "replica.fetch.min.bytes": int("How many bytes a leader gathers before it answers a follower.", 1, {
    acts: true,
  }),
  "replica.fetch.response.max.bytes": int(
    "How many bytes one answer to a follower holds at most.",
    10_485_760,
    { min: 0, acts: true },
  ),
  "replica.fetch.wait.max.ms": int("How long a leader lets a follower's fetch wait for new records.", 500, {
    acts: true,
  }),
  "replica.high.watermark.checkpoint.interval.ms": long(
    "How often the high watermarks are written down.",
    5000,
    { acts: true },
  ),
  "replica.lag.time.max.ms": long(
    "How long a follower may fail to catch up before it leaves the in-sync replicas.",
    30_000,
    { acts: true },
  ),
  "replica.selector.class": text(
    "What picks the replica a consumer reads from. org.apache.kafka.common.replica.RackAwareReplicaSelector sends " +
      "consumers to a replica in their rack (KIP-392); with any other only leaders serve them.",
    null,
    { acts: true },
  ),
  "replica.socket.receive.buffer.bytes": int(
    "The operating system's receive buffer of a replication connection.",
    65_536,
  ),
  "replica.socket.timeout.ms": int("How long a replication request may take.", 30_000, { acts: true }),
  "auto.leader.rebalance.enable": boolean(
    "Whether leadership moves back to the preferred replicas by itself.",
    true,
    {
      acts: true,
      differs: "Also done soon after preferred replicas have come back, see leader.rebalance.delay.ms.",
    },
  ),
  "leader.imbalance.check.interval.seconds": long(
    "How often leadership is compared with the preferred replicas.",
    300,
    { min: 1, acts: true },
  ),
  "unclean.leader.election.enable": boolean(
    "Whether a replica that was not in sync may become leader when no other is left, at the price of lost records.",
    false,
    { update: "cluster-wide", acts: true },
  ),
  "unclean.leader.election.interval.ms": long(
    "How often partitions without a leader are tried for an unclean election.",
    300_000,
    { min: 1, internal: true, acts: true },
  ),
  "controlled.shutdown.enable": boolean("Whether a stopping broker hands its leaderships over first.", true),
  "broker.heartbeat.interval.ms": int("How often a broker tells the controller that it is alive.", 2000, {
    acts: true,
  }),
  "broker.session.timeout.ms": int(
    "How long the controller waits for a heartbeat before it fences a broker.",
    9000,
    { acts: true },
  ),
  "initial.broker.registration.timeout.ms": int(
    "How long a starting broker tries to register with the controller.",
    60_000,
  ),
  "controller.socket.timeout.ms": int("How long a request from the controller to a broker may take.", 30_000),
  "follower.fetch.last.tiered.offset.enable": boolean(
    "Whether a new follower starts at the last offset in remote storage instead of copying everything.",
    false,
    { update: "cluster-wide" },
  ),
} as const;
