import assert from "node:assert/strict";
import { copyTree } from "../../../harness/copy_tree.ts";
import { type CommandResult, runCommand } from "../../../harness/command.ts";
import { goldenFiles } from "../../../harness/kafka_data_dir.ts";

const golden = new URL("../../../golden/kafka_data_dir", import.meta.url).pathname;

/** What is in the segments of the directory, as Kafka reads it. */
const segments = goldenFiles().filter(({ file }) => file.endsWith(".log"));
const batches = segments.flatMap((one) => one.batches!);
const counts = {
  partitions: new Set(segments.map(({ file }) => file.slice(0, file.indexOf("/")))).size,
  segments: segments.length,
  batches: batches.length,
  records: batches.flatMap((one) => one.records).length,
  bytes: batches.reduce((sum, one) => sum + one.sizeInBytes, 0),
};

/** Verifies a copy of Kafka's data directory after `change`. */
async function verifyAfter(
  change: (directory: string) => void,
  ...options: string[]
): Promise<CommandResult & { readonly directory: string }> {
  const directory = Deno.makeTempDirSync({ prefix: "sluice-verify-" });
  try {
    copyTree(golden, directory);
    change(directory);
    return { ...await runCommand(["log", "verify", ...options, directory]), directory };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function change(path: string, edit: (bytes: Uint8Array) => Uint8Array | void): void {
  const bytes = Deno.readFileSync(path);
  Deno.writeFileSync(path, edit(bytes) ?? bytes);
}

function changeText(path: string, edit: (text: string) => string): void {
  const before = Deno.readTextFileSync(path);
  const after = edit(before);
  assert.notEqual(after, before);
  Deno.writeTextFileSync(path, after);
}

/** The only line about damage, without the directory. */
function onlyDamage({ code, stdout, directory }: CommandResult & { directory: string }): string {
  assert.equal(code, 1, stdout);
  const lines = stdout.trim().split("\n").filter((line) => / damaged( at byte \d+)?: /.test(line));
  assert.equal(lines.length, 1, stdout);
  assert.match(stdout, new RegExp(`: 1 damaged.* \\(${counts.partitions} partitions, `));
  return lines[0]!.replace(`${directory}/`, "");
}

Deno.test("verify: a directory of Kafka is sound, in every record", async () => {
  const { code, stdout, directory } = await verifyAfter(() => {}, "--deep");
  assert.equal(code, 0);
  const [line, ...rest] = stdout.trim().split("\n");
  assert.deepEqual(rest, []);
  const what = `${counts.partitions} partitions, ${counts.segments} segments, ${counts.batches} batches`;
  assert.ok(line!.startsWith(`${directory}: sound (${what}, ${counts.records} records, `), line);
});

Deno.test("verify: a changed byte in a batch is found, whichever it is", async () => {
  // The header byte by byte, then some of the records. Of a last batch even a wrong offset must be noticed.
  for (const file of ["segments-1/00000000000000000000.log", "codecs-0/00000000000000000000.log"]) {
    const size = Deno.statSync(`${golden}/${file}`).size;
    for (let at = 0; at < size; at += at < 61 ? 1 : 97) {
      const { code, stdout } = await verifyOne(file, at);
      assert.ok(code === 1 || / note /.test(stdout), `${file} byte ${at}: ${stdout}`);
    }
  }
});

/** Verifies a partition, one byte of which is changed. */
async function verifyOne(file: string, at: number): Promise<CommandResult> {
  const directory = Deno.makeTempDirSync({ prefix: "sluice-verify-" });
  const partition = file.slice(0, file.indexOf("/"));
  try {
    copyTree(`${golden}/${partition}`, `${directory}/${partition}`);
    for (const name of ["replication-offset-checkpoint", ".kafka_cleanshutdown"]) {
      Deno.copyFileSync(`${golden}/${name}`, `${directory}/${name}`);
    }
    change(`${directory}/${file}`, (bytes) => void (bytes[at]! ^= 0x10));
    return await runCommand(["log", "verify", `${directory}/${partition}`]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("verify: a cut segment lacks what the checkpoints promise", async () => {
  const found = await verifyAfter((directory) => {
    change(`${directory}/segments-1/00000000000000000000.log`, (bytes) => bytes.subarray(0, 100));
  });
  assert.equal(found.code, 1);
  assert.match(
    found.stdout,
    /segments-1\/00000000000000000000\.log: damaged at byte 0: truncated; the last 100 bytes/,
  );
});

Deno.test("verify: a missing last batch is missed by the high watermark", async () => {
  const found = await verifyAfter((directory) => {
    const path = `${directory}/segments-1/00000000000000000000`;
    change(`${path}.log`, (bytes) => bytes.subarray(0, bytes.length - bytes.length / 3));
    Deno.truncateSync(`${path}.index`, 0);
    Deno.truncateSync(`${path}.timeindex`, 0);
    Deno.removeSync(`${directory}/segments-1/00000000000000000009.snapshot`);
    changeText(
      `${directory}/recovery-point-offset-checkpoint`,
      (text) => text.replace("segments 1 9", "segments 1 6"),
    );
  });
  assert.equal(
    onlyDamage(found),
    "segments-1: damaged: the log ends at offset 6, but its high watermark is 9",
  );
});

Deno.test("verify: a missing segment in the middle is missed", async () => {
  const found = await verifyAfter((directory) => {
    for (const suffix of ["log", "index", "timeindex"]) {
      Deno.removeSync(`${directory}/segments-0/00000000000000000009.${suffix}`);
    }
  });
  assert.equal(
    onlyDamage(found),
    "segments-0/00000000000000000018.log: damaged: offsets 9 to 17 are missing before it",
  );
});

Deno.test("verify: missing offsets where compaction has been are no damage", async () => {
  const found = await verifyAfter((directory) => {
    for (const suffix of ["log", "index", "timeindex"]) {
      Deno.removeSync(`${directory}/segments-0/00000000000000000009.${suffix}`);
    }
    changeText(
      `${directory}/cleaner-offset-checkpoint`,
      (text) => text.replace("\n1\n", "\n2\nsegments 0 18\n"),
    );
  });
  assert.equal(found.code, 0, found.stdout);
});

Deno.test("verify: a segment under the name of another offset is found", async () => {
  const found = await verifyAfter((directory) => {
    for (const suffix of ["log", "index", "timeindex"]) {
      Deno.renameSync(
        `${directory}/segments-1/00000000000000000000.${suffix}`,
        `${directory}/segments-1/00000000000000000003.${suffix}`,
      );
    }
  });
  assert.equal(found.code, 1);
  assert.match(
    found.stdout,
    /00000000000000000003\.log: damaged at byte 0: offset 0 where 3 or more was wanted/,
  );
});

Deno.test("verify: index entries that lead elsewhere are found", async () => {
  const path = "__transaction_state-0/00000000000000000000";
  const shifted = await verifyAfter((directory) => {
    change(`${directory}/${path}.index`, (bytes) => void (bytes[7]! += 1));
  });
  assert.match(
    onlyDamage(shifted),
    /00000000000000000000\.index: damaged at byte 0: no batch begins at position \d+$/,
  );
  const behind = await verifyAfter((directory) => {
    change(`${directory}/${path}.index`, (bytes) => void (bytes[bytes.length - 2]! += 1));
  });
  assert.match(onlyDamage(behind), /\.index: damaged at byte 208: no batch begins at position \d+$/);
  const late = await verifyAfter((directory) => {
    change(`${directory}/${path}.timeindex`, (bytes) => void (bytes[7]! ^= 1));
  });
  assert.match(
    onlyDamage(late),
    /\.timeindex: damaged at byte 0: timestamp \d+, but \d+ is the largest up to offset \d+$/,
  );
  const descending = await verifyAfter((directory) => {
    change(`${directory}/${path}.timeindex`, (bytes) => void bytes.copyWithin(12, 0, 12));
  });
  assert.match(onlyDamage(descending), /\.timeindex: damaged at byte 12: timestamp \d+ follows \d+$/);
  const aborted = await verifyAfter((directory) => {
    change(`${directory}/transactions-0/00000000000000000001.txnindex`, (bytes) => void (bytes[9]! += 1));
  });
  assert.match(onlyDamage(aborted), /\.txnindex: damaged at byte 0: offset 3 has no marker of producer 13$/);
});

Deno.test("verify: leader epochs that the checkpoint contradicts are found", async () => {
  const other = await verifyAfter((directory) => {
    changeText(`${directory}/segments-1/leader-epoch-checkpoint`, (text) => text.replace("0 0\n", "1 0\n"));
  });
  assert.equal(other.code, 1);
  assert.match(other.stdout, /offset 0 has leader epoch 0, but the checkpoint says 1/);
  const descending = await verifyAfter((directory) => {
    changeText(`${directory}/trimmed-0/leader-epoch-checkpoint`, (text) => text.replace("2 24", "0 24"));
  });
  assert.match(
    onlyDamage(descending),
    /leader-epoch-checkpoint: damaged: .*epoch 0 at offset 24 follows epoch 0 at 17$/,
  );
});

Deno.test("verify: damaged snapshots and small files are found", async () => {
  const producers = await verifyAfter((directory) => {
    change(`${directory}/codecs-0/00000000000000000060.snapshot`, (bytes) => void (bytes[20]! ^= 1));
  });
  assert.match(onlyDamage(producers), /60\.snapshot: damaged: read producer snapshot: crc mismatch$/);
  const metadata = await verifyAfter((directory) => {
    change(
      `${directory}/__cluster_metadata-0/00000000000000000067-0000000001.checkpoint`,
      (bytes) => bytes.subarray(0, bytes.length - 75),
    );
  });
  assert.match(onlyDamage(metadata), /\.checkpoint: damaged: the snapshot has no header or no footer$/);
  const text = await verifyAfter((directory) => {
    changeText(
      `${directory}/codecs-0/partition.metadata`,
      (text) => text.replace("version: 0", "version: x"),
    );
  });
  assert.match(onlyDamage(text), /codecs-0\/partition\.metadata: damaged: read partition\.metadata/);
  const checkpoint = await verifyAfter((directory) => {
    changeText(`${directory}/log-start-offset-checkpoint`, (text) => text.replace("17", "seventeen"));
  });
  assert.match(onlyDamage(checkpoint), /log-start-offset-checkpoint: damaged: .*"seventeen" is not a number/);
});

Deno.test("verify: the torn end of a log whose broker has crashed is for recovery to cut", async () => {
  const found = await verifyAfter((directory) => {
    Deno.removeSync(`${directory}/.kafka_cleanshutdown`);
    const path = `${directory}/segments-1/00000000000000000000.log`;
    change(path, (bytes) => new Uint8Array([...bytes, ...bytes.subarray(0, 80)]));
  });
  assert.equal(found.code, 0, found.stdout);
  assert.match(
    found.stdout,
    /note at byte \d+: truncated; .*: it was being written; the next start of a broker cuts it off/,
  );
});

Deno.test("verify: missing indexes are noted, they are built again", async () => {
  const found = await verifyAfter(
    (directory) => {
      Deno.removeSync(`${directory}/codecs-0/00000000000000000000.index`);
    },
    "-o",
    "json",
  );
  assert.equal(found.code, 0);
  const [note, summary] = found.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(note, {
    type: "note",
    path: `${found.directory}/codecs-0/00000000000000000000.index`,
    position: null,
    message: "the index is missing; a broker builds it again",
  });
  assert.deepEqual({ ...summary, seconds: 0 }, {
    ...{ type: "summary", directory: found.directory, ...counts, damages: 0, notes: 1, seconds: 0 },
  });
});

Deno.test("verify: a directory that is something else is refused", async () => {
  const { code, stderr } = await runCommand(["log", "verify", new URL(".", import.meta.url).pathname]);
  assert.equal(code, 2);
  assert.match(stderr, /is no data directory: it has neither partitions nor meta\.properties/);
  const missing = await runCommand(["log", "verify", "/nowhere"]);
  assert.equal(missing.code, 1);
});
