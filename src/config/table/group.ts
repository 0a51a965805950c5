/** Consumer groups and their offsets. */

import { choice, int, INT_MAX, list, long, short } from "../definition.ts";

export const groupConfigs = {
  "group.coordinator.threads": int(
    "How many threads run group coordinators; Sluice has one loop and takes the value as given.",
    4,
    { min: 1 },
  ),
  "group.coordinator.background.threads": int(
    "How many threads compute assignments aside; Sluice has one loop and takes the value as given.",
    2,
    { min: 1 },
  ),
  "group.coordinator.append.linger.ms": int(
    "How long the coordinator gathers records before it writes them; -1 lets it choose.",
    -1,
    { min: -1 },
  ),
  "group.coordinator.cached.buffer.max.bytes": int(
    "The largest write buffer that a coordinator keeps for reuse.",
    1_048_588,
    { min: 524_288, update: "cluster-wide" },
  ),
  "group.coordinator.rebalance.protocols": list("The group protocols that are on.", [
    "classic",
    "consumer",
    "streams",
  ], { choices: ["consumer", "classic", "share", "streams"] }),
  "group.initial.rebalance.delay.ms": int(
    "How long the coordinator waits for more members before the first rebalance of an empty group.",
    3000,
    {
      acts: true,
      singleNode: 0,
      differs: "It is 0 on a node that is its own quorum, so that a first consumer starts at once.",
    },
  ),
  "group.min.session.timeout.ms": int("The shortest session timeout a classic member may ask for.", 6000, {
    acts: true,
  }),
  "group.max.session.timeout.ms": int(
    "The longest session timeout a classic member may ask for.",
    1_800_000,
    { acts: true },
  ),
  "group.max.size": int("How many members a classic group may have.", INT_MAX, { min: 1, acts: true }),
  "group.consumer.assignors": list("The server-side assignors, the first of which is the default.", [
    "uniform",
    "range",
  ]),
  "group.consumer.assignment.interval.ms": int(
    "The least time between two assignments of a consumer group.",
    1000,
    { min: 0, update: "cluster-wide" },
  ),
  "group.consumer.min.assignment.interval.ms": int(
    "The smallest assignment interval a consumer group may be given.",
    0,
    { min: 0 },
  ),
  "group.consumer.max.assignment.interval.ms": int(
    "The largest assignment interval a consumer group may be given.",
    15_000,
    { min: 0 },
  ),
  "group.consumer.heartbeat.interval.ms": int(
    "The heartbeat interval that consumer group members are given.",
    5000,
    { min: 1 },
  ),
  "group.consumer.min.heartbeat.interval.ms": int(
    "The smallest heartbeat interval a consumer group may be given.",
    5000,
    { min: 1 },
  ),
  "group.consumer.max.heartbeat.interval.ms": int(
    "The largest heartbeat interval a consumer group may be given.",
    15_000,
    { min: 1 },
  ),
  "group.consumer.session.timeout.ms": int(
    "How long a consumer group member may be silent before it is removed.",
    45_000,
    { min: 1 },
  ),
  "group.consumer.min.session.timeout.ms": int(
    "The smallest session timeout a consumer group may be given.",
    45_000,
    { min: 1 },
  ),
  "group.consumer.max.session.timeout.ms": int(
    "The largest session timeout a consumer group may be given.",
    60_000,
    { min: 1 },
  ),
  "group.consumer.max.size": int("How many members a consumer group may have.", INT_MAX, { min: 1 }),
  "group.consumer.migration.policy": choice(
    "Which ways a group may change between the classic and the consumer protocol while it runs.",
    "bidirectional",
    { choices: ["disabled", "downgrade", "upgrade", "bidirectional"], anyCase: true },
  ),
  "group.consumer.regex.refresh.interval.ms": int(
    "How often subscriptions by pattern are matched with the topics again.",
    600_000,
    { min: 10_000, internal: true },
  ),
  "offset.metadata.max.bytes": int("The longest text a client may store beside a committed offset.", 4096, {
    acts: true,
  }),
  "offsets.commit.timeout.ms": int("How long a commit waits for the replicas of its partition.", 5000, {
    min: 1,
    acts: true,
  }),
  "offsets.load.buffer.size": int("How many bytes are read at a time while offsets are loaded.", 5_242_880, {
    min: 1,
    unit: "bytes",
  }),
  "offsets.retention.check.interval.ms": long("How often expired offsets are looked for.", 600_000, {
    min: 1,
    acts: true,
  }),
  "offsets.retention.minutes": int("How many minutes the offsets of an empty group are kept.", 10_080, {
    min: 1,
    acts: true,
  }),
  "offsets.topic.compression.codec": int("The codec number of batches in __consumer_offsets; 0 is none.", 0),
  "offsets.topic.num.partitions": int("How many partitions __consumer_offsets is created with.", 50, {
    min: 1,
    acts: true,
  }),
  "offsets.topic.replication.factor": short("How many replicas __consumer_offsets is created with.", 3, {
    min: 1,
    acts: true,
    differs: "No more than the live brokers; raised as brokers join.",
  }),
  "offsets.topic.segment.bytes": int("The segment size of __consumer_offsets.", 104_857_600, {
    min: 1,
    acts: true,
  }),
} as const;
