/** What a node is and what its broker does for topics, fetches and producers. */

import { boolean, int, javaClass, list, text } from "../definition.ts";

export const nodeConfigs = {
  "node.id": int("The number of this node, unique in its cluster.", 1, {
    min: 0,
    acts: true,
    kafkaDefault: null,
    differs: "Kafka has no default.",
  }),
  "broker.id": int("The older name of node.id; -1 when not used.", -1, { acts: true }),
  "broker.rack": text("The rack of this node; replicas of a partition are spread over racks.", null, {
    acts: true,
  }),
  "process.roles": list("What this process is: broker, controller or both.", ["broker", "controller"], {
    choices: ["broker", "controller"],
    acts: true,
    kafkaDefault: null,
    differs: "Kafka has no default.",
  }),
  "auto.create.topics.enable": boolean(
    "Whether a topic that a client asks for is created when it does not exist.",
    true,
    { acts: true },
  ),
  "delete.topic.enable": boolean("Whether topics may be deleted.", true, { acts: true }),
  "num.partitions": int("How many partitions a topic gets when nothing else is said.", 1, {
    min: 1,
    acts: true,
  }),
  "default.replication.factor": int("How many replicas a topic gets when nothing else is said.", 1, {
    acts: true,
  }),
  "min.insync.replicas": int(
    "How many replicas must have a record before a producer with acks=all is told that it is stored.",
    1,
    { min: 1, update: "cluster-wide", acts: true },
  ),
  "fetch.max.bytes": int("The most bytes of records one Fetch answer holds.", 57_671_680, {
    min: 1024,
    acts: true,
  }),
  "max.incremental.fetch.session.cache.slots": int(
    "How many incremental fetch sessions the broker remembers.",
    1000,
    { min: 0, acts: true },
  ),
  "fetch.purgatory.purge.interval.requests": int(
    "How many finished fetches may stay among the waiting ones before they are swept out.",
    1000,
  ),
  "producer.purgatory.purge.interval.requests": int(
    "How many finished produces may stay among the waiting ones before they are swept out.",
    1000,
  ),
  "delete.records.purgatory.purge.interval.requests": int(
    "How many finished DeleteRecords may stay among the waiting ones before they are swept out.",
    1,
  ),
  "share.fetch.purgatory.purge.interval.requests": int(
    "How many finished share fetches may stay among the waiting ones before they are swept out.",
    1000,
  ),
  "producer.id.expiration.ms": int(
    "How long the state of a silent idempotent producer is kept.",
    86_400_000,
    { min: 1, update: "cluster-wide", acts: true },
  ),
  "producer.id.expiration.check.interval.ms": int("How often expired producers are looked for.", 600_000, {
    min: 1,

    internal: true,
  }),
  "create.topic.policy.class.name": javaClass(
    "A Java class that approves new topics; Sluice runs no Java.",
    null,
  ),
  "alter.config.policy.class.name": javaClass(
    "A Java class that approves config changes; Sluice runs no Java.",
    null,
  ),
  "config.providers": list(
    "Names of the Java classes that resolve variables in configs; Sluice runs no Java.",
    [],
    { update: "cluster-wide" },
  ),
} as const;
