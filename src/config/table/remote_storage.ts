/** Tiered storage (KIP-405). */

import { boolean, double, int, long, LONG_MAX, text } from "../definition.ts";

export const remoteStorageConfigs = {
  "remote.fetch.max.wait.ms": int("How long a fetch waits for records from remote storage.", 500, {
    min: 1,
    update: "cluster-wide",
  }),
  "remote.list.offsets.request.timeout.ms": long(
    "How long a search for offsets in remote storage may take.",
    30_000,
    { min: 1, update: "cluster-wide" },
  ),
  "remote.log.index.file.cache.total.size.bytes": long(
    "How much disk the cached indexes of remote segments may use.",
    1_073_741_824,
    { min: 1, update: "cluster-wide" },
  ),
  "remote.log.index.file.cache.ttl.ms": long(
    "How long an unused cached index is kept; -1 keeps it.",
    900_000,
    { min: -1, internal: true },
  ),
  "remote.log.manager.copier.thread.pool.size": int(
    "How many segments are copied to remote storage at the same time.",
    10,
    { min: 1, update: "cluster-wide" },
  ),
  "remote.log.manager.copy.max.bytes.per.second": long(
    "The most bytes a second copied to remote storage.",
    LONG_MAX,
    { min: 1, unit: "bytes", update: "cluster-wide" },
  ),
  "remote.log.manager.copy.quota.window.num": int("How many windows the copy quota is measured over.", 11, {
    min: 1,
  }),
  "remote.log.manager.copy.quota.window.size.seconds": int("How long one window of the copy quota is.", 1, {
    min: 1,
  }),
  "remote.log.manager.expiration.thread.pool.size": int(
    "How many expired remote segments are removed at the same time.",
    10,
    { min: 1, update: "cluster-wide" },
  ),
  "remote.log.manager.fetch.max.bytes.per.second": long(
    "The most bytes a second read from remote storage.",
    LONG_MAX,
    { min: 1, unit: "bytes", update: "cluster-wide" },
  ),
  "remote.log.manager.fetch.quota.window.num": int("How many windows the read quota is measured over.", 11, {
    min: 1,
  }),
  "remote.log.manager.fetch.quota.window.size.seconds": int("How long one window of the read quota is.", 1, {
    min: 1,
  }),
  "remote.log.manager.follower.thread.pool.size": int(
    "How many followers prepare remote partitions at the same time.",
    2,
    { min: 1, update: "cluster-wide" },
  ),
  "remote.log.manager.task.interval.ms": long("How often copies and removals are looked for.", 30_000, {
    min: 1,
  }),
  "remote.log.manager.task.retry.backoff.ms": long("How long a failed remote task waits at first.", 500, {
    min: 1,
    internal: true,
  }),
  "remote.log.manager.task.retry.backoff.max.ms": long(
    "How long a failed remote task waits at most.",
    30_000,
    { min: 1, internal: true },
  ),
  "remote.log.manager.task.retry.jitter": double(
    "The random part of the waits of remote tasks, as a fraction.",
    0.2,
    { min: 0, max: 0.5, internal: true },
  ),
  "remote.log.manager.thread.pool.size": int("How many remote tasks run at the same time.", 2, { min: 1 }),
  "remote.log.metadata.custom.metadata.max.bytes": int(
    "How many bytes a storage plugin may keep beside a segment.",
    128,
    { min: 0 },
  ),
  "remote.log.metadata.manager.class.name": text(
    "The Java class that keeps the catalogue of remote segments; Sluice runs no Java.",
    "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
  ),
  "remote.log.metadata.manager.class.path": text("Where the Java class of the catalogue is found.", null),
  "remote.log.metadata.manager.impl.prefix": text(
    "The prefix of configs handed to the catalogue.",
    "rlmm.config.",
  ),
  "remote.log.metadata.manager.listener.name": text(
    "The listener through which the catalogue reaches the brokers.",
    null,
  ),
  "remote.log.reader.max.pending.tasks": int("How many reads from remote storage may wait.", 100, { min: 1 }),
  "remote.log.reader.threads": int("How many reads from remote storage run at the same time.", 10, {
    min: 1,
    update: "cluster-wide",
  }),
  "remote.log.storage.manager.class.name": text(
    "The Java class that stores remote segments; Sluice runs no Java.",
    null,
  ),
  "remote.log.storage.manager.class.path": text("Where the Java class of the remote storage is found.", null),
  "remote.log.storage.manager.impl.prefix": text(
    "The prefix of configs handed to the remote storage.",
    "rsm.config.",
  ),
  "remote.log.storage.system.enable": boolean("Whether the broker has remote storage at all.", false),
} as const;
