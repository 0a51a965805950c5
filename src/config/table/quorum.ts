/** The KRaft quorum and the metadata log. */

import { boolean, int, list, long, text } from "../definition.ts";

export const quorumConfigs = {
  "controller.listener.names": list("The names of the listeners that controllers use.", ["CONTROLLER"], {
    acts: true,
    kafkaDefault: null,
    differs: "Kafka has no default.",
  }),
  "controller.quorum.voters": list(
    "The controllers that vote, as id@host:port; empty for a node that is its own quorum.",
    [],
    { acts: true },
  ),
  "controller.quorum.bootstrap.servers": list("The addresses at which a node finds the quorum.", [], {
    acts: true,
  }),
  "controller.quorum.auto.join.enable": boolean("Whether a controller becomes a voter by itself.", false, {
    acts: true,
  }),
  "controller.quorum.election.timeout.ms": int(
    "How long a controller waits for votes before it tries again.",
    1000,
    { min: 0, acts: true },
  ),
  "controller.quorum.election.backoff.max.ms": int(
    "The longest wait before an election is tried again.",
    1000,
    { min: 0, acts: true },
  ),
  "controller.quorum.fetch.timeout.ms": int(
    "How long a controller waits for the leader before it calls an election.",
    2000,
    { min: 0, acts: true },
  ),
  "controller.quorum.request.timeout.ms": int("How long a request among controllers may take.", 2000, {
    min: 0,
    acts: true,
  }),
  "controller.quorum.retry.backoff.ms": int(
    "How long a controller waits before it repeats a failed request.",
    20,
    { min: 0, acts: true },
  ),
  "controller.quorum.append.linger.ms": int(
    "How long the leader gathers records before it writes them.",
    25,
    { min: 0 },
  ),
  "controller.quorum.fetch.max.bytes": int("How many bytes of the metadata log one fetch holds.", 1_048_576, {
    min: 1,
    acts: true,
  }),
  "controller.quorum.fetch.snapshot.max.bytes": int(
    "How many bytes of a snapshot one fetch holds.",
    1_048_576,
    { min: 1, acts: true },
  ),
  "controller.performance.sample.period.ms": long("How often slow controller events are counted.", 60_000, {
    min: 100,
    internal: true,
  }),
  "controller.performance.always.log.threshold.ms": long(
    "The duration from which a controller event is always logged.",
    2000,
    { min: 0, internal: true },
  ),
  "metadata.log.dir": text("The directory of the metadata log; when not set, the first of log.dirs.", null, {
    acts: true,
  }),
  "metadata.log.segment.bytes": int("The size at which a segment of the metadata log ends.", 1_073_741_824, {
    min: 8_388_608,
    acts: true,
  }),
  "metadata.log.segment.ms": long("The age at which a segment of the metadata log ends.", 604_800_000, {
    acts: true,
  }),
  "metadata.log.max.record.bytes.between.snapshots": long(
    "How many bytes of records cause a new snapshot.",
    20_971_520,
    { min: 1, unit: "bytes", acts: true },
  ),
  "metadata.log.max.snapshot.interval.ms": long(
    "How long changes may wait for a snapshot; 0 sets no limit.",
    3_600_000,
    { min: 0, acts: true },
  ),
  "metadata.max.idle.interval.ms": int(
    "How often the active controller writes a no-op record when nothing else happens; 0 means never.",
    500,
    { min: 0, acts: true, differs: "A node that nobody follows writes none." },
  ),
  "metadata.max.retention.bytes": long(
    "How many bytes of old metadata log and snapshots are kept.",
    104_857_600,
  ),
  "metadata.max.retention.ms": long("How long old metadata log and snapshots are kept.", 604_800_000),
  "internal.metadata.log.segment.bytes": int(
    "A metadata segment size below the usual minimum, for tests.",
    null,
    { internal: true, acts: true },
  ),
  "internal.metadata.max.batch.size.in.bytes": int("The largest batch in the metadata log.", 8_388_608, {
    unit: "bytes",
    internal: true,
  }),
  "internal.metadata.delete.delay.millis": long(
    "How long deleted files of the metadata log stay on the disk.",
    60_000,
    { unit: "ms", internal: true, acts: true },
  ),
} as const;
