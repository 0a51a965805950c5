/** A broker that cannot start says why in one clear line on stderr and ends with code 1, or 2 when its
 * configs are wrong. */

import assert from "node:assert/strict";
import { type BrokerOptions, startBroker, StartFailure, temporaryDirectory } from "../harness/broker.ts";
import { hasTinyDisks, makeReadOnly, withTinyDisk } from "../harness/tiny_disk.ts";

/** What a broker says that must not start. */
async function refusal(options: BrokerOptions): Promise<{ code: number; stderr: string; stdout: string }> {
  try {
    await using _ = await startBroker(options);
  } catch (error) {
    if (error instanceof StartFailure) return error.ended;
    throw error;
  }
  throw new Error("the broker started");
}

function assertClear(
  { code, stderr, stdout }: { code: number; stderr: string; stdout: string },
  names: RegExp,
  wantedCode = 1,
) {
  assert.equal(code, wantedCode, stderr);
  assert.match(stderr, names);
  assert.doesNotMatch(stderr, /^\s+at /m, "no stack trace");
  assert.equal(stdout, "", "stdout is for data");
}

Deno.test({
  name: "start: a second broker on one data directory is refused, the first goes on",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using first = await startBroker();
    const ended = await refusal({ dataDir: first.dataDir });
    assertClear(ended, /lock|in use|another/i);
    assert.ok(ended.stderr.includes(first.dataDir));
    (await Deno.connect({ hostname: first.address.host, port: first.address.port })).close();
    // When the first has gone, even by a kill, the directory is free.
    await first.kill();
    await using _second = await startBroker({ dataDir: first.dataDir });
  },
});

Deno.test({
  name: "start: a port in use is named",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    assertClear(await refusal({ port }), new RegExp(`127\\.0\\.0\\.1:${port}`));
  },
});

Deno.test({
  name: "start: a data directory that cannot be made is named",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const file = `${temporaryDirectory()}/file`;
    await Deno.writeTextFile(file, "");
    const dataDir = `${file}/data`;
    const ended = await refusal({ dataDir });
    assertClear(ended, /./);
    assert.ok(ended.stderr.includes(dataDir), ended.stderr);
  },
});

Deno.test({
  name: "start: a data directory of another node is refused",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using first = await startBroker({ configs: { "node.id": 7 } });
    await first.stop();
    const ended = await refusal({ dataDir: first.dataDir, configs: { "node.id": 8 } });
    assertClear(ended, /node 7.*node is 8/, 2);
  },
});

Deno.test({
  name: "start: wrong configs are refused with code 2, each with what was wanted",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const unknown = await refusal({ configs: { "log.retention.mss": 5 } });
    assert.equal(unknown.code, 2, unknown.stderr);
    assert.match(unknown.stderr, /log\.retention\.mss.*log\.retention\.ms/s);
    const wrong = await refusal({ configs: { "num.partitions": "many" } });
    assert.equal(wrong.code, 2, wrong.stderr);
    assert.match(wrong.stderr, /num\.partitions.*many/s);
  },
});

Deno.test({
  name: "start: a full disk is said, not a stack trace",
  ignore: !hasTinyDisks,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await withTinyDisk(64 * 1024, async (path) => {
      await Deno.writeFile(`${path}/filler`, new Uint8Array(64 * 1024)).catch(() => {});
      const ended = await refusal({ dataDir: `${path}/data` });
      assertClear(ended, /space|full/i);
      assert.ok(ended.stderr.includes(path), ended.stderr);
    });
  },
});

Deno.test({
  name: "start: a directory on a read-only file system is named",
  ignore: !hasTinyDisks,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await withTinyDisk(1024 * 1024, async (path) => {
      if (!await makeReadOnly(path)) return;
      const ended = await refusal({ dataDir: `${path}/data` });
      assertClear(ended, /read-only|permission|denied/i);
      assert.ok(ended.stderr.includes(path), ended.stderr);
    });
  },
});
