import assert from "node:assert/strict";
import { batch } from "../harness/batches.ts";
import { bootstrapOf, sharedBroker } from "../harness/broker.ts";
import { runCommand } from "../harness/command.ts";
import { createTopic, produceTo } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { describeLogDirs } from "../../src/protocol/messages/35_describe_log_dirs.ts";

const shared = sharedBroker();

Deno.test("topic describe --storage: segments, offsets, sizes and what compaction has to do are those on the disk", async () => {
  using client = await WireClient.connect(shared.address);
  const configs = { "cleanup.policy": "compact", "segment.ms": "60000", "retention.ms": "-1" };
  await createTopic(client, "kept", { partitions: 2, configs });
  for (let at = 0; at < 4; at++) {
    const timestamp = 1_700_000_000_000 + at * 70_000;
    await produceTo(client, { topic: "kept" }, batch([{ key: "k", value: `${at}`, timestamp }]));
  }
  const words = ["topic", "describe", "kept", "--storage", "-b", bootstrapOf(shared.address)];
  const { code, stdout, stderr } = await runCommand([...words, "-o", "json"]);
  assert.equal(code, 0, stderr);
  const [{ name, replicas }] = JSON.parse(stdout);
  assert.equal(name, "kept");
  assert.equal(replicas.length, 2);
  const { logDir } = replicas[0];
  const sizes = [...Deno.readDirSync(`${logDir}/kept-0`)].filter((one) => one.name.endsWith(".log"))
    .sort((a, b) => a.name < b.name ? -1 : 1).map((one) =>
      Deno.statSync(`${logDir}/kept-0/${one.name}`).size
    );
  assert.equal(sizes.length, 4);
  const sealed = sizes.slice(0, -1).reduce((sum, size) => sum + size, 0);
  assert.deepEqual(replicas[0], {
    ...{ partition: 0, broker: 1, logDir, sizeBytes: sealed + sizes.at(-1)!, segments: 4 },
    ...{ startOffset: 0, endOffset: 4, offsetLag: 0, cleanBytes: 0, dirtyBytes: sealed, dirtyRatio: 1 },
  });
  assert.deepEqual(replicas[1], {
    ...{ partition: 1, broker: 1, logDir, sizeBytes: 0, segments: 1 },
    ...{ startOffset: 0, endOffset: 0, offsetLag: 0, cleanBytes: 0, dirtyBytes: 0, dirtyRatio: 0 },
  });
  const plain = await runCommand(words);
  assert.equal(
    plain.stdout.split("\n")[0],
    `kept\t0\t1\t${sealed + sizes.at(-1)!}\t4\t0\t4\t0\t1.00\t${logDir}`,
  );
});

Deno.test("DescribeLogDirs: who does not ask for our own fields does not get them", async () => {
  using client = await WireClient.connect(shared.address);
  await createTopic(client, "plain");
  const topics = [{ topic: "plain", partitions: [0] }];
  const segmentCount = async (storage: boolean) => {
    const { results } = await client.send(describeLogDirs, 4, { topics, storage });
    return results[0]!.topics[0]!.partitions[0]!.segmentCount;
  };
  assert.equal(await segmentCount(true), 1);
  assert.equal(await segmentCount(false), -1);
});
