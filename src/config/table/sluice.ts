/** Configs that Apache Kafka does not have. */

import { boolean, choice, double, int, list, long, text } from "../definition.ts";

export const sluiceConfigs = {
  "http.listen": text(
    "The host:port of the HTTP server with health, metrics, REST and dashboard, or off.",
    "127.0.0.1:8080",
    { acts: true, own: true },
  ),
  "cluster.join": list(
    "Where live nodes of the cluster are that this node joins on its first start, as host:port.",
    [],
    { acts: true, own: true },
  ),
  "cluster.id": text(
    "The id of the cluster that this node founds; unless set, it follows from controller.quorum.voters or is random.",
    null,
    { acts: true, own: true },
  ),
  "controller.listen": text(
    "The host:port where other nodes reach this node's controller, when listeners does not say it; unless set, the host of the first listener and a free port that is kept.",
    null,
    { acts: true, own: true },
  ),
  "rebalance.mode": choice(
    "When replicas move by themselves so that all brokers have their share: off, when a broker has joined or left for good (join), or always.",
    "join",
    { choices: ["off", "join", "always"], update: "cluster-wide", acts: true, own: true },
  ),
  "rebalance.delay.ms": long(
    "How long the brokers must have been the same ones before replicas move by themselves.",
    10_000,
    { min: 0, acts: true, own: true },
  ),
  "rebalance.max.concurrent.moves": int(
    "How many partitions move to other brokers at the same time by themselves.",
    20,
    { min: 1, acts: true, own: true },
  ),
  "rebalance.throttle.bytes.per.second": long(
    "How many bytes a second a broker fetches for replicas that it is getting; -1 sets no limit.",
    52_428_800,
    { min: 1, orElse: -1, update: "cluster-wide", acts: true, own: true },
  ),
  "leader.rebalance.delay.ms": long(
    "How long after preferred replicas have come back into sync they lead again, where auto.leader.rebalance.enable says so.",
    10_000,
    { min: 0, acts: true, own: true },
  ),
  "ephemeral": boolean(
    "Whether the data lies in a temporary directory that is removed at exit.",
    false,
    { acts: true, own: true },
  ),
  "logging.level": choice("The least severe messages that are written.", "info", {
    choices: ["trace", "debug", "info", "warning", "error"],
    acts: true,
    own: true,
  }),
  "logging.format": choice("Whether messages are written as text or as JSON, one object a line.", "text", {
    choices: ["text", "json"],
    acts: true,
    own: true,
  }),
  "log.reserved.disk.bytes": long(
    "How much of each log directory's disk producers may not fill, though at most a twentieth of it; 0 for none.",
    67_108_864,
    { min: 0, update: "cluster-wide", own: true, acts: true },
  ),
  "log.retention.disk.percent": double(
    "How much of the disk, in percent, the partitions of this broker may fill together; -1 sets no limit.",
    -1,
    { min: 0, max: 100, orElse: -1, update: "cluster-wide", own: true, acts: true },
  ),
} as const;
