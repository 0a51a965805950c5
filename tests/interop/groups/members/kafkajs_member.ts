/** A member on kafkajs. Its own assigner has a name of its own, so it is given the name that other clients use. */

import { AssignerProtocol, Kafka, logLevel, type PartitionAssigner, PartitionAssigners } from "kafkajs";
import type { MemberLine, MemberSettings } from "./settings.ts";

const settings: MemberSettings = JSON.parse(Deno.args[0]!);
const encoder = new TextEncoder();
const say = (line: MemberLine) => Deno.stdout.writeSync(encoder.encode(JSON.stringify(line) + "\n"));

const roundRobin: PartitionAssigner = (config) => ({
  ...PartitionAssigners.roundRobin(config),
  name: settings.assignor,
  protocol: ({ topics }) => ({
    name: settings.assignor,
    metadata: AssignerProtocol.MemberMetadata.encode({
      version: 0,
      topics,
      userData: new Uint8Array(0) as never,
    }),
  }),
});

const kafka = new Kafka({
  clientId: settings.clientId,
  brokers: [settings.bootstrap],
  logLevel: logLevel.ERROR,
  retry: { initialRetryTime: 50, retries: 20 },
});
const consumer = kafka.consumer({
  groupId: settings.group,
  partitionAssigners: [roundRobin],
  sessionTimeout: settings.sessionTimeoutMs,
  heartbeatInterval: settings.heartbeatMs,
  rebalanceTimeout: 10_000,
  maxWaitTimeInMs: 200,
});
Deno.addSignalListener("SIGTERM", () => void consumer.disconnect().then(() => Deno.exit(0)));
await consumer.connect();
await consumer.subscribe({ topic: settings.topic, fromBeginning: true });
await consumer.run({
  autoCommitInterval: settings.commitMs,
  eachMessage: ({ partition, message }) => {
    say({ record: [partition, Number(message.offset), String(message.value)] });
    return Promise.resolve();
  },
});
