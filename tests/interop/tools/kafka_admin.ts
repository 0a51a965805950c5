/** Apache Kafka's command line tools and AdminClient against a cluster, in one JVM; they may be missing. */

import assert from "node:assert/strict";
import { kafkaTools } from "../../harness/kafka_tools.ts";
import { startJsonLinesClient } from "../clients/json_lines_client.ts";

const here = new URL(".", import.meta.url).pathname;

/** The tools as their scripts in Kafka's bin directory are named. */
const mains = {
  "kafka-configs": "kafka.admin.ConfigCommand",
  "kafka-topics": "org.apache.kafka.tools.TopicCommand",
  "kafka-cluster": "org.apache.kafka.tools.ClusterTool",
  "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand",
  "kafka-features": "org.apache.kafka.tools.FeatureCommand",
  "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
  "kafka-metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
  "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
  "kafka-broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
} as const;

export type ToolName = keyof typeof mains;

export interface Printed {
  readonly code: number;
  /** Both streams. */
  readonly printed: string;
}

export interface QuorumReplica {
  readonly id: number;
  readonly directoryId: string;
  readonly logEndOffset: number;
  readonly lastCaughtUpMs: number;
}

/** What the AdminClient does; refusals are errors that begin with the name of Kafka's exception. */
export interface KafkaAdminOperations {
  describeCluster(args: Record<never, never>): Promise<{
    clusterId: string;
    brokers: { id: number; rack: string | null; isFenced: boolean }[];
  }>;
  describeQuorum(args: Record<never, never>): Promise<{
    leaderId: number;
    leaderEpoch: number;
    highWatermark: number;
    voters: QuorumReplica[];
    observers: QuorumReplica[];
    nodes: number[];
  }>;
  createTopic(args: { topic: string; partitions: number; replicationFactor: number }): Promise<null>;
  describeTopic(args: { topic: string }): Promise<
    { leader: number; replicas: number[]; isr: number[]; elr: number[] | null }[]
  >;
  /** Null takes a move back. */
  reassign(args: { topic: string; partition: number; replicas: number[] | null }): Promise<null>;
  reassignments(args: Record<never, never>): Promise<
    Record<string, { replicas: number[]; adding: number[]; removing: number[] }>
  >;
  electLeaders(
    args: { topic: string; partition: number; type: "PREFERRED" | "UNCLEAN" },
  ): Promise<Record<string, string>>;
  replicaBytes(args: { topic: string; partition: number }): Promise<Record<string, number>>;
  setBrokerConfig(args: { broker: string; name: string; value: string }): Promise<null>;
  brokerConfig(args: { broker: string; name: string }): Promise<{ value: string | null; source: string }>;
  unregisterBroker(args: { broker: number }): Promise<null>;
}

export interface KafkaAdmin extends AsyncDisposable {
  readonly admin: KafkaAdminOperations;
  /** Runs a tool; the bootstrap servers are added to its words. */
  run(name: ToolName, ...words: string[]): Promise<Printed>;
  /** The same, and fails unless it succeeds. */
  done(name: ToolName, ...words: string[]): Promise<string>;
}

/** Starts the JVM; null where there is none, or no Maven that can resolve Kafka's jars. */
export async function startKafkaAdmin(bootstrap: string): Promise<KafkaAdmin | null> {
  const tools = await kafkaTools();
  if (tools === null) return null;
  const words = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", tools.classPath];
  const client = await startJsonLinesClient("kafka-tools", "java", [
    ...words,
    `${here}KafkaTools.java`,
    bootstrap,
  ]);
  const operations = client.admin as unknown as KafkaAdminOperations & {
    tool(args: { main: string; args: string[] }): Promise<Printed>;
  };
  const run = (name: ToolName, ...words: string[]) => {
    const servers = ["--bootstrap-server", bootstrap];
    // In this one they are an option of each of its commands.
    const args = name === "kafka-cluster" ? [...words, ...servers] : [...servers, ...words];
    return operations.tool({ main: mains[name], args });
  };
  return {
    admin: operations,
    run,
    async done(name, ...words) {
      const { code, printed } = await run(name, ...words);
      assert.equal(code, 0, `${name} ${words.join(" ")}:\n${printed}`);
      return printed;
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
