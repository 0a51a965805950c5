import assert from "node:assert/strict";
import { batch } from "../../../harness/batches.ts";
import { runCommand } from "../../../harness/command.ts";

const golden = new URL("../../../golden/kafka_data_dir", import.meta.url).pathname;

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = Deno.makeTempDirSync({ prefix: "sluice-dump-" });
  try {
    await run(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

const at = { timestamp: 1_700_000_000_000 };
const first = batch([{ ...at, key: "k", value: "one", headers: [["h", "v"]] }, {
  ...at,
  value: new Uint8Array([0, 255]),
}]);
const second = batch([{ ...at, key: "k", value: null }], { baseOffset: 2 });
const third = batch([{ ...at, value: "three" }], { baseOffset: 3 });

Deno.test("dump: people see a line for each batch and record", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/00000000000000000000.log`;
    Deno.writeFileSync(path, joined(first, second));
    const { code, stdout } = await runCommand(["log", "dump", path]);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `${path}: segment, ${first.length + second.length} bytes
at 0: offsets 0 to 1, 2 records, ${first.length} bytes, none, epoch -1, 2023-11-14T22:13:20.000Z
       0  2023-11-14T22:13:20.000Z  "k" = "one"  [h: "v"]
       1  2023-11-14T22:13:20.000Z  null = <2 bytes 00ff>
at ${first.length}: offsets 2 to 2, 1 record, ${second.length} bytes, none, epoch -1, 2023-11-14T22:13:20.000Z
       2  2023-11-14T22:13:20.000Z  "k" = null
`,
    );
  });
});

Deno.test("dump: --batches leaves the records out, --from those before an offset", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/00000000000000000000.log`;
    Deno.writeFileSync(path, joined(first, second, third));
    const kinds = async (...options: string[]) => {
      const { stdout } = await runCommand(["log", "dump", "-o", "json", ...options, path]);
      return stdout.trim().split("\n").map((line) => JSON.parse(line)).map((line) =>
        line.type === "batch" ? `batch ${line.baseOffset}` : `record ${line.offset}`
      );
    };
    assert.deepEqual(await kinds("--batches"), ["batch 0", "batch 2", "batch 3"]);
    assert.deepEqual(await kinds("--from", "1"), [
      ...["batch 0", "record 1", "batch 2", "record 2", "batch 3", "record 3"],
    ]);
    assert.deepEqual(await kinds("--batches", "--from", "3"), ["batch 3"]);
  });
});

Deno.test("dump: what is sound is printed, then where the damage is, also when sound batches follow it", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/00000000000000000000.log`;
    const bytes = joined(first, second, third);
    bytes[first.length + second.length - 1]! ^= 1;
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length));
    const { code, stdout, stderr } = await runCommand(["log", "dump", "-o", "json", "--batches", path]);
    assert.equal(code, 1);
    assert.deepEqual(stdout.trim().split("\n").map((line) => JSON.parse(line).baseOffset), [0, 3]);
    assert.match(
      stderr,
      new RegExp(`^${path}: damaged at byte ${first.length}: crc mismatch .* offsets 2 to 2\n$`),
    );
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length - 5));
    const torn = await runCommand(["log", "dump", "-o", "json", "--batches", path]);
    assert.equal(torn.code, 1);
    const lines = torn.stderr.trim().split("\n");
    assert.equal(lines.length, 2);
    const place = first.length + second.length;
    assert.match(
      lines[1]!,
      new RegExp(`damaged at byte ${place}: truncated; the last ${third.length - 5} bytes`),
    );
  });
});

Deno.test("dump: records whose compression is broken are damage although the checksum is right", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/00000000000000000000.log`;
    const { writeCrc } = await import("../../../../src/records/batch.ts");
    const broken = batch([{ ...at, value: "x".repeat(500) }], { compression: "gzip" });
    broken[61]! ^= 0xff;
    writeCrc(broken, 0);
    Deno.writeFileSync(path, broken);
    const { code, stderr } = await runCommand(["log", "dump", path]);
    assert.equal(code, 1);
    assert.match(stderr, /damaged at byte 0: decompress gzip/);
  });
});

Deno.test("dump: the directory says how to decode, --decode overrules it, and what is not such a record stays as it is", async () => {
  await inDirectory(async (directory) => {
    Deno.mkdirSync(`${directory}/__consumer_offsets-7`);
    const path = `${directory}/__consumer_offsets-7/00000000000000000000.log`;
    Deno.writeFileSync(path, first);
    const auto = await runCommand(["log", "dump", path]);
    assert.equal(auto.code, 0, "somebody else's record in an internal topic is no damage");
    assert.match(auto.stdout, /"k" = "one" {2}\(not decoded: .*\) {2}\[h: "v"\]/);
    const none = await runCommand(["log", "dump", "--decode", "none", path]);
    assert.doesNotMatch(none.stdout, /not decoded/);
    const inside = await runCommand(["log", "dump", "-o", "json", "00000000000000000000.log"], {
      env: { PWD: `${golden}/__consumer_offsets-0` },
    });
    assert.equal(inside.code, 1, "the file is not in the directory of this test's process");
    const moved = `${directory}/00000000000000000000.log`;
    Deno.copyFileSync(`${golden}/__consumer_offsets-0/00000000000000000000.log`, moved);
    const plain = await runCommand(["log", "dump", moved]);
    assert.doesNotMatch(plain.stdout, /OffsetCommit/);
    const told = await runCommand(["log", "dump", "--decode", "offsets", moved]);
    assert.match(
      told.stdout,
      /OffsetCommit\(group: "classic-group", topic: "segments", partition: 0\) = v4 \(offset: 4,/,
    );
  });
});

Deno.test("dump: room for more entries at the end of an index is noted, a torn entry is damage", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/00000000000000000010.index`;
    const entries = new DataView(new ArrayBuffer(40));
    for (const [index, number] of [1, 0, 5, 700].entries()) entries.setInt32(index * 4, number);
    const bytes = new Uint8Array(entries.buffer);
    Deno.writeFileSync(path, bytes);
    const roomy = await runCommand(["log", "dump", path]);
    assert.equal(roomy.code, 0);
    assert.equal(
      roomy.stdout,
      `${path}: offset index, 40 bytes\n  offset 11  position 0\n  offset 15  position 700\n`,
    );
    assert.equal(roomy.stderr, `${path}: 24 bytes at the end are not used yet\n`);
    Deno.writeFileSync(path, bytes.subarray(0, 15));
    const torn = await runCommand(["log", "dump", path]);
    assert.equal(torn.code, 1);
    assert.equal(torn.stderr, `${path}: damaged at byte 8: a torn entry of 7 bytes\n`);
  });
});

Deno.test("dump: a damaged checkpoint says what is wrong", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/recovery-point-offset-checkpoint`;
    Deno.writeTextFileSync(path, "0\n2\norders 0 12\n");
    const { code, stderr } = await runCommand(["log", "dump", path]);
    assert.equal(code, 1);
    assert.equal(stderr, `${path}: damaged read checkpoint: 1 entries, wanted 2\n`);
  });
});

Deno.test("dump: a file that is missing or not of a data directory is named", async () => {
  const missing = await runCommand(["log", "dump", "/nowhere/00000000000000000000.log"]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /\/nowhere\/00000000000000000000\.log/);
  const odd = await runCommand(["log", "dump", "letter.txt"]);
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /"letter\.txt" is not named like a file of a data directory/);
});

Deno.test("dump: a reader that goes away ends it quietly", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/00000000000000000000.log`;
    const parts = Array.from(
      { length: 2000 },
      (_, index) => batch([{ ...at, value: "x".repeat(80) }], { baseOffset: index }),
    );
    Deno.writeFileSync(path, joined(...parts));
    const { code, stdout, stderr } = await runCommand(["log", "dump", path], { readerTakes: 100_000 });
    assert.equal(code, 0);
    assert.ok(stdout.length < 200_000);
    assert.equal(stderr, "");
  });
});
