/** The configs of one group. `broker` names the broker config that a group without its own value follows. */

import { boolean, choice, int, text } from "../definition.ts";
import { shareOffsetReset } from "../rules.ts";

export const groupResourceConfigs = {
  "consumer.assignment.interval.ms": int(
    "The least time between two assignments of the group, for the consumer protocol.",
    1000,
    { min: 0, broker: "group.consumer.assignment.interval.ms" },
  ),
  "consumer.heartbeat.interval.ms": int(
    "The heartbeat interval of the group's members, for the consumer protocol.",
    5000,
    { min: 1, broker: "group.consumer.heartbeat.interval.ms" },
  ),
  "consumer.session.timeout.ms": int(
    "How long a member may be silent before it is removed, for the consumer protocol.",
    45_000,
    { min: 1, broker: "group.consumer.session.timeout.ms" },
  ),
  "share.assignment.interval.ms": int("The least time between two assignments of the share group.", 1000, {
    min: 0,
    broker: "group.share.assignment.interval.ms",
  }),
  "share.auto.offset.reset": text(
    "Where a share group begins to read when it has no position: latest, earliest or by_duration:PnDTnHnMn.nS.",
    "latest",
    { rule: shareOffsetReset },
  ),
  "share.delivery.count.limit": int("How many times a record is handed out before it is given up.", 5, {
    min: 2,
    broker: "group.share.delivery.count.limit",
  }),
  "share.heartbeat.interval.ms": int("The heartbeat interval of the share group's members.", 5000, {
    min: 1,
    broker: "group.share.heartbeat.interval.ms",
  }),
  "share.isolation.level": choice(
    "Whether the share group sees records of open and aborted transactions.",
    "read_uncommitted",
    { choices: ["read_committed", "read_uncommitted"] },
  ),
  "share.partition.max.record.locks": int(
    "How many records of a partition may be out at the same time.",
    2000,
    { min: 100, broker: "group.share.partition.max.record.locks" },
  ),
  "share.record.lock.duration.ms": int(
    "How long a consumer may hold a record before it is handed out again.",
    30_000,
    { min: 1000, broker: "group.share.record.lock.duration.ms" },
  ),
  "share.renew.acknowledge.enable": boolean("Whether a consumer may lengthen its hold on a record.", true),
  "share.session.timeout.ms": int(
    "How long a member may be silent before it is removed from the share group.",
    45_000,
    { min: 1, broker: "group.share.session.timeout.ms" },
  ),
  "streams.assignment.interval.ms": int(
    "The least time between two assignments of the streams group.",
    1000,
    { min: 0, broker: "group.streams.assignment.interval.ms" },
  ),
  "streams.heartbeat.interval.ms": int("The heartbeat interval of the streams group's members.", 5000, {
    min: 1,
    broker: "group.streams.heartbeat.interval.ms",
  }),
  "streams.initial.rebalance.delay.ms": int(
    "How long the coordinator waits for more members before the first assignment of the empty streams group.",
    3000,
    { min: 0, broker: "group.streams.initial.rebalance.delay.ms" },
  ),
  "streams.num.standby.replicas": int(
    "How many standby copies of each task's state the streams group keeps.",
    0,
    { min: 0, broker: "group.streams.num.standby.replicas" },
  ),
  "streams.session.timeout.ms": int(
    "How long a member may be silent before it is removed from the streams group.",
    45_000,
    { min: 1, broker: "group.streams.session.timeout.ms" },
  ),
} as const;
