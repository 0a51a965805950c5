/** Streams groups (KIP-1071). */

import { int, INT_MAX } from "../definition.ts";

export const streamsGroupConfigs = {
  "group.streams.assignment.interval.ms": int(
    "The least time between two assignments of a streams group.",
    1000,
    { min: 0, update: "cluster-wide" },
  ),
  "group.streams.min.assignment.interval.ms": int(
    "The smallest assignment interval a streams group may be given.",
    0,
    { min: 0 },
  ),
  "group.streams.max.assignment.interval.ms": int(
    "The largest assignment interval a streams group may be given.",
    15_000,
    { min: 0 },
  ),
  "group.streams.heartbeat.interval.ms": int(
    "The heartbeat interval that streams group members are given.",
    5000,
    { min: 1 },
  ),
  "group.streams.min.heartbeat.interval.ms": int(
    "The smallest heartbeat interval a streams group may be given.",
    5000,
    { min: 1 },
  ),
  "group.streams.max.heartbeat.interval.ms": int(
    "The largest heartbeat interval a streams group may be given.",
    15_000,
    { min: 1 },
  ),
  "group.streams.session.timeout.ms": int(
    "How long a streams group member may be silent before it is removed.",
    45_000,
    { min: 1 },
  ),
  "group.streams.min.session.timeout.ms": int(
    "The smallest session timeout a streams group may be given.",
    45_000,
    { min: 1 },
  ),
  "group.streams.max.session.timeout.ms": int(
    "The largest session timeout a streams group may be given.",
    60_000,
    { min: 1 },
  ),
  "group.streams.initial.rebalance.delay.ms": int(
    "How long the coordinator waits for more members before the first assignment of an empty streams group.",
    3000,
    { min: 0 },
  ),
  "group.streams.max.size": int("How many members a streams group may have.", INT_MAX, { min: 1 }),
  "group.streams.num.standby.replicas": int(
    "How many standby copies of each task's state a streams group keeps.",
    0,
    { min: 0 },
  ),
  "group.streams.max.standby.replicas": int("The most standby copies a streams group may be given.", 2, {
    min: 0,
  }),
} as const;
