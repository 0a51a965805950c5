/** Transactions and __transaction_state. */

import { boolean, int, short } from "../definition.ts";

export const transactionConfigs = {
  "transaction.max.timeout.ms": int("The longest timeout a transaction may ask for.", 900_000, { min: 1 }),
  "transactional.id.expiration.ms": int(
    "How long the state of a silent transactional id is kept.",
    604_800_000,
    { min: 1 },
  ),
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": int(
    "How often transactions past their timeout are looked for and aborted.",
    10_000,
    { min: 1 },
  ),
  "transaction.remove.expired.transaction.cleanup.interval.ms": int(
    "How often expired transactional ids are looked for.",
    3_600_000,
    { min: 1 },
  ),
  "transaction.partition.verification.enable": boolean(
    "Whether the broker asks the coordinator before it appends to a partition for a transaction.",
    true,
    { update: "cluster-wide" },
  ),
  "transaction.two.phase.commit.enable": boolean(
    "Whether a client may leave transactions open for an outside coordinator.",
    false,
  ),
  "transaction.state.log.load.buffer.size": int(
    "How many bytes are read at a time while transactions are loaded.",
    5_242_880,
    { min: 1, unit: "bytes" },
  ),
  "transaction.state.log.min.isr": int("The min.insync.replicas of __transaction_state.", 2, {
    min: 1,
    differs: "No more than the topic's replicas.",
  }),
  "transaction.state.log.num.partitions": int(
    "How many partitions __transaction_state is created with.",
    50,
    { min: 1 },
  ),
  "transaction.state.log.replication.factor": short(
    "How many replicas __transaction_state is created with.",
    3,
    { min: 1, acts: true, differs: "No more than the live brokers; raised as brokers join." },
  ),
  "transaction.state.log.segment.bytes": int("The segment size of __transaction_state.", 104_857_600, {
    min: 1,
  }),
  "add.partitions.to.txn.retry.backoff.ms": int(
    "How long the broker waits before it asks again whether a partition is in a transaction.",
    20,
    { min: 1 },
  ),
  "add.partitions.to.txn.retry.backoff.max.ms": int(
    "How long the broker goes on asking whether a partition is in a transaction before it gives up.",
    100,
    { min: 0 },
  ),
} as const;
