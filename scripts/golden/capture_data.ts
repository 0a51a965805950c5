import { type JavaTools, run, runMain } from "./java.ts";
import { startRealKafka } from "./real_kafka.ts";

// One partition of each internal topic and dense indexes keep the directory small; every client is a super
// user, so that ACLs can be stored without being in the way.
const properties = {
  "offsets.topic.num.partitions": "1",
  "offsets.topic.replication.factor": "1",
  "transaction.state.log.num.partitions": "1",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "share.coordinator.state.topic.num.partitions": "1",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  "group.initial.rebalance.delay.ms": "0",
  "log.index.interval.bytes": "150",
  "log.segment.delete.delay.ms": "100",
  "log.cleaner.backoff.ms": "100",
  "log.initial.task.delay.ms": "500",
  "log.retention.check.interval.ms": "500",
  "metadata.max.idle.interval.ms": "2000",
  "metadata.log.max.record.bytes.between.snapshots": "3500",
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "super.users": "User:ANONYMOUS",
};

/** Fills a broker, restarts it, fills it again, stops it cleanly and keeps its directory with a reading of it. */
export async function captureData(tools: JavaTools, goldenDir: string): Promise<void> {
  let dataDir = "";
  for (const phase of ["first", "second"]) {
    const kafka = await startRealKafka(tools, { name: "data", properties });
    try {
      await runMain(tools, "FillDataDirectory", [`127.0.0.1:${kafka.port}`, phase]);
    } finally {
      await kafka.stop();
    }
    dataDir = kafka.dataDir;
  }
  for await (const entry of Deno.readDir(dataDir)) {
    if (entry.name.endsWith("-delete")) {
      throw new Error(`${entry.name} is still there: wait longer for deletion`);
    }
  }
  const target = `${goldenDir}/kafka_data_dir`;
  await Deno.remove(target, { recursive: true }).catch(() => {});
  await run("cp", ["-r", dataDir, target]);
  await run("chmod", ["-R", "u+w", target]); // Kafka's snapshots are read-only; they must stay deletable here
  await runMain(tools, "DescribeDataDirectory", [target, `${goldenDir}/kafka_data_dir.jsonl`]);
}
