/** Listeners, connections, sockets and requests. */

import { boolean, choice, int, INT_MAX, list, long, LONG_MAX, text } from "../definition.ts";

export const networkConfigs = {
  "listeners": list("The addresses that clients connect to, as NAME://host:port; port 0 takes a free one.", [
    "PLAINTEXT://127.0.0.1:9092",
  ], {
    update: "per-broker",
    acts: true,
    kafkaDefault: "PLAINTEXT://:9092",
    differs: "Kafka listens on every address; Sluice on this machine's own until it is told otherwise.",
  }),
  "advertised.listeners": list(
    "The addresses that clients are told to connect to; when not set, the address they connected to.",
    null,
    { acts: true },
  ),
  "listener.security.protocol.map": text(
    "The security protocol of each listener name.",
    "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    { update: "per-broker" },
  ),
  "inter.broker.listener.name": text("The listener that the brokers use among themselves.", null, {
    acts: true,
  }),
  "early.start.listeners": list("The listeners that accept connections before authorization is ready.", null),
  "security.inter.broker.protocol": choice(
    "The security protocol among brokers when inter.broker.listener.name is not set.",
    "PLAINTEXT",
    { choices: ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] },
  ),
  "socket.request.max.bytes": int(
    "The largest request that is accepted; a longer one costs the client its connection.",
    104_857_600,
    { min: 1, acts: true },
  ),
  "socket.listen.backlog.size": int("How many connections may wait to be accepted.", 50, { min: 1 }),
  "socket.receive.buffer.bytes": int(
    "The operating system's receive buffer of a connection; -1 leaves it as it is.",
    102_400,
  ),
  "socket.send.buffer.bytes": int(
    "The operating system's send buffer of a connection; -1 leaves it as it is.",
    102_400,
  ),
  "socket.connection.setup.timeout.ms": long("How long the broker waits for a connection it opens.", 10_000),
  "socket.connection.setup.timeout.max.ms": long(
    "The longest wait for a connection after several failed attempts.",
    30_000,
  ),
  "max.connections": int("How many connections the broker accepts at the same time.", INT_MAX, {
    min: 0,
    update: "cluster-wide",
    acts: true,
  }),
  "max.connections.per.ip": int("How many connections one address may have at the same time.", INT_MAX, {
    min: 0,
    update: "cluster-wide",
    acts: true,
  }),
  "max.connections.per.ip.overrides": text("Other limits for single addresses, as host:count pairs.", "", {
    update: "cluster-wide",
  }),
  "max.connection.creation.rate": int("How many new connections a second the broker accepts.", INT_MAX, {
    min: 0,
    update: "cluster-wide",
  }),
  "connections.max.idle.ms": long(
    "How long a connection may be silent before the broker closes it.",
    600_000,
    { acts: true },
  ),
  "connection.failed.authentication.delay.ms": int(
    "How long the answer to a failed login is held back.",
    100,
    { min: 0 },
  ),
  "queued.max.requests": int(
    "How many requests may wait before the broker stops reading from connections.",
    500,
    { min: 1 },
  ),
  "queued.max.request.bytes": long(
    "How many bytes of requests may wait before the broker stops reading from connections; -1 sets no limit.",
    -1,
  ),
  "num.network.threads": int(
    "How many threads move bytes; Sluice has one loop and takes the value as given.",
    3,
    { min: 1, update: "cluster-wide" },
  ),
  "num.io.threads": int(
    "How many threads serve requests; Sluice has one loop and takes the value as given.",
    8,
    { min: 1, update: "cluster-wide" },
  ),
  "background.threads": int(
    "How many threads do housekeeping; Sluice has one loop and takes the value as given.",
    10,
    { min: 1, update: "cluster-wide" },
  ),
  "request.timeout.ms": int("How long a request that the broker sends may take.", 30_000, { acts: true }),
  "max.request.partition.size.limit": int(
    "How many partitions one DescribeTopicPartitions answer lists at most.",
    2000,
    { min: 1 },
  ),
  "unstable.api.versions.enable": boolean("Whether unfinished versions of requests are offered.", false, {
    internal: true,
  }),
  "unstable.feature.versions.enable": boolean("Whether unfinished feature levels are offered.", false, {
    internal: true,
  }),
  "server.max.startup.time.ms": long("How long the start may take before it counts as failed.", LONG_MAX, {
    min: 0,
    internal: true,
  }),
} as const;
