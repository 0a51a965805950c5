/** Share groups (KIP-932) and the share coordinator. */

import { int, list, short, text } from "../definition.ts";

export const shareGroupConfigs = {
  "group.share.assignors": list("The server-side assignors of share groups.", ["simple"]),
  "group.share.assignment.interval.ms": int(
    "The least time between two assignments of a share group.",
    1000,
    { min: 0, update: "cluster-wide" },
  ),
  "group.share.min.assignment.interval.ms": int(
    "The smallest assignment interval a share group may be given.",
    0,
    { min: 0 },
  ),
  "group.share.max.assignment.interval.ms": int(
    "The largest assignment interval a share group may be given.",
    15_000,
    { min: 0 },
  ),
  "group.share.delivery.count.limit": int("How many times a record is handed out before it is given up.", 5, {
    min: 2,
    max: 10,
  }),
  "group.share.min.delivery.count.limit": int("The smallest delivery limit a share group may be given.", 2, {
    min: 2,
    max: 5,
  }),
  "group.share.max.delivery.count.limit": int("The largest delivery limit a share group may be given.", 10, {
    min: 5,
    max: 25,
  }),
  "group.share.heartbeat.interval.ms": int(
    "The heartbeat interval that share group members are given.",
    5000,
    { min: 1 },
  ),
  "group.share.min.heartbeat.interval.ms": int(
    "The smallest heartbeat interval a share group may be given.",
    5000,
    { min: 1 },
  ),
  "group.share.max.heartbeat.interval.ms": int(
    "The largest heartbeat interval a share group may be given.",
    15_000,
    { min: 1 },
  ),
  "group.share.session.timeout.ms": int(
    "How long a share group member may be silent before it is removed.",
    45_000,
    { min: 1 },
  ),
  "group.share.min.session.timeout.ms": int(
    "The smallest session timeout a share group may be given.",
    45_000,
    { min: 1 },
  ),
  "group.share.max.session.timeout.ms": int(
    "The largest session timeout a share group may be given.",
    60_000,
    { min: 1 },
  ),
  "group.share.initialize.retry.interval.ms": int(
    "How long a failed start of a partition's share state waits before the next try.",
    30_000,
    { min: 1, internal: true },
  ),
  "group.share.max.size": int("How many members a share group may have.", 200, { min: 1, max: 1000 }),
  "group.share.max.share.sessions": int("How many share sessions a broker remembers.", 2000, { min: 1 }),
  "group.share.partition.max.record.locks": int(
    "How many records of a partition may be out at the same time.",
    2000,
    { min: 100, max: 10_000 },
  ),
  "group.share.min.partition.max.record.locks": int(
    "The smallest limit on records out that a share group may be given.",
    100,
    { min: 100, max: 2000 },
  ),
  "group.share.max.partition.max.record.locks": int(
    "The largest limit on records out that a share group may be given.",
    4000,
    { min: 2000, max: 10_000 },
  ),
  "group.share.persister.class.name": text(
    "The Java class that stores share state; Sluice runs no Java.",
    "org.apache.kafka.server.share.persister.DefaultStatePersister",
    { internal: true },
  ),
  "group.share.record.lock.duration.ms": int(
    "How long a consumer may hold a record before it is handed out again.",
    30_000,
    { min: 1000, max: 3_600_000 },
  ),
  "group.share.min.record.lock.duration.ms": int("The shortest hold a share group may be given.", 15_000, {
    min: 1000,
    max: 30_000,
  }),
  "group.share.max.record.lock.duration.ms": int("The longest hold a share group may be given.", 60_000, {
    min: 30_000,
    max: 3_600_000,
  }),
  "share.coordinator.append.linger.ms": int(
    "How long the share coordinator gathers records before it writes them; -1 lets it choose.",
    -1,
    { min: -1 },
  ),
  "share.coordinator.cached.buffer.max.bytes": int(
    "The largest write buffer that a share coordinator keeps for reuse.",
    1_048_588,
    { min: 524_288, update: "cluster-wide" },
  ),
  "share.coordinator.cold.partition.snapshot.interval.ms": int(
    "How long a quiet partition's share state waits for a snapshot.",
    300_000,
    { min: 1, internal: true },
  ),
  "share.coordinator.load.buffer.size": int(
    "How many bytes are read at a time while share state is loaded.",
    5_242_880,
    { min: 1, unit: "bytes" },
  ),
  "share.coordinator.snapshot.update.records.per.snapshot": int(
    "How many updates are written between two snapshots of share state.",
    500,
    { min: 0, max: 500 },
  ),
  "share.coordinator.state.topic.compression.codec": int(
    "The codec number of batches in __share_group_state; 0 is none.",
    0,
  ),
  "share.coordinator.state.topic.min.isr": short("The min.insync.replicas of __share_group_state.", 2, {
    min: 1,
    differs: "No more than the topic's replicas.",
  }),
  "share.coordinator.state.topic.num.partitions": int(
    "How many partitions __share_group_state is created with.",
    50,
    { min: 1 },
  ),
  "share.coordinator.state.topic.prune.interval.ms": int(
    "How often share state that nobody needs is removed.",
    300_000,
    { min: 1, internal: true },
  ),
  "share.coordinator.state.topic.replication.factor": short(
    "How many replicas __share_group_state is created with.",
    3,
    { min: 1, acts: true, differs: "No more than the live brokers; raised as brokers join." },
  ),
  "share.coordinator.state.topic.segment.bytes": int(
    "The segment size of __share_group_state.",
    104_857_600,
    { min: 1 },
  ),
  "share.coordinator.threads": int(
    "How many threads run share coordinators; Sluice has one loop and takes the value as given.",
    1,
    { min: 1 },
  ),
  "share.coordinator.write.timeout.ms": int("How long a write of share state waits for its replicas.", 5000, {
    min: 1,
  }),
} as const;
