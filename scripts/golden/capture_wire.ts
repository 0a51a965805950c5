import { Kafka, logLevel } from "kafkajs";
import { type JavaTools, run, runMain } from "./java.ts";
import { startRecordingProxy } from "./proxy.ts";
import { writeExchanges } from "./exchanges.ts";
import { startRealKafka } from "./real_kafka.ts";

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
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "super.users": "User:ANONYMOUS",
};

/** Records what clients and a real broker say to each other, one file an API. */
export async function captureWire(tools: JavaTools, goldenDir: string): Promise<void> {
  const broker = startRecordingProxy();
  const controller = startRecordingProxy();
  const kafka = await startRealKafka(tools, {
    name: "wire",
    properties,
    proxies: { broker, controller },
  });
  try {
    await runMain(tools, "WireClients", [`127.0.0.1:${broker.port}`]);
    await runOtherClients(tools, broker.port);
    const script = new URL("wire_requests.jsonl", import.meta.url).pathname;
    const ports = [String(broker.port), String(controller.port)];
    console.error(await runMain(tools, "WireDriver", [...ports, script]));
  } finally {
    await kafka.stop();
    broker.close();
    controller.close();
  }
  await writeExchanges(`${goldenDir}/wire`, [...broker.exchanges, ...controller.exchanges], {
    dataDirs: [kafka.dataDir],
    perClient: (client) => client === "driver" ? 20 : 2,
  });
}

/** librdkafka, kafka-python and kafkajs: each produces to and consumes from a topic, through the proxy. */
async function runOtherClients(tools: JavaTools, port: number): Promise<void> {
  const bootstrap = `127.0.0.1:${port}`;
  const lines = `${tools.workDir}/lines.txt`;
  await Deno.writeTextFile(lines, "one\ntwo\n");
  const kcat = ["-b", bootstrap, "-X", "client.id=kcat"];
  await run("kcat", [...kcat, "-L"]);
  await run("kcat", [...kcat, "-P", "-t", "wire", "-z", "gzip", "-l", lines]);
  await run("kcat", [...kcat, "-P", "-t", "wire", "-X", "enable.idempotence=true", "-l", lines]);
  await run("kcat", [...kcat, "-P", "-t", "wire", "-X", "acks=0", "-l", lines]);
  await run("kcat", [...kcat, "-C", "-t", "wire", "-o", "beginning", "-e", "-q"]);
  await run("kcat", [...kcat, "-G", "kcat-group", "-e", "-q", "-X", "auto.offset.reset=earliest", "fetched"]);
  await run("/usr/bin/python3", [new URL("kafka_python.py", import.meta.url).pathname, bootstrap]);
  await runKafkajs(bootstrap);
}

async function runKafkajs(bootstrap: string): Promise<void> {
  const kafka = new Kafka({ clientId: "kafkajs", brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "kafkajs" }] });
  await admin.fetchTopicOffsets("wire");
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic: "kafkajs",
    messages: [{ key: "k", value: "from kafkajs", headers: { h: "1" } }],
  });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: "kafkajs-group" });
  await consumer.connect();
  await consumer.subscribe({ topic: "kafkajs", fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({ eachMessage: () => Promise.resolve(resolve()) });
  });
  await consumer.disconnect();
}
