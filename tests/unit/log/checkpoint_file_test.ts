/** Kafka's checkpoint files and partition.metadata. */

import { deepEqual, equal, throws } from "node:assert/strict";
import { encodeUtf8 } from "../../../src/core/bytes.ts";
import { DecodeError } from "../../../src/core/errors.ts";
import type { Uuid } from "../../../src/core/ids.ts";
import { readOffsetCheckpoint, writeOffsetCheckpoint } from "../../../src/log/checkpoint_file.ts";
import { offsetOfName, parsePartitionDirectoryName } from "../../../src/log/file_names.ts";
import { decodePartitionMetadata, encodePartitionMetadata } from "../../../src/log/partition_metadata.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";

Deno.test("offsets per partition are written in Kafka's text and read back", async () => {
  const disk = new CrashDisk();
  const offsets = new Map([["a-topic-with-dashes-3", 17], ["b-0", 9007199254740991]]);
  await writeOffsetCheckpoint(disk, "/file", offsets);
  equal(
    new TextDecoder().decode(disk.readFile("/file")),
    "0\n2\na-topic-with-dashes 3 17\nb 0 9007199254740991\n",
  );
  deepEqual(readOffsetCheckpoint(disk, "/file"), offsets);
  deepEqual(readOffsetCheckpoint(disk, "/absent"), new Map());
});

Deno.test("an empty checkpoint, as Kafka makes them on its first start, has no entries", () => {
  const disk = new CrashDisk();
  disk.open("/empty", { create: true });
  deepEqual(readOffsetCheckpoint(disk, "/empty"), new Map());
});

Deno.test("a damaged checkpoint is refused", () => {
  const disk = new CrashDisk();
  for (const text of ["2\n0\n", "0\n1\na 0 1\nb 0 1\n", "0\n1\na 0 -5\n", "0\n1\na 0\n", "0\n\n"]) {
    disk.open(`/${text.length}${text.at(-2)}`, { create: true }).write(encodeUtf8(text), 0);
    throws(() => readOffsetCheckpoint(disk, `/${text.length}${text.at(-2)}`), DecodeError, text);
  }
});

Deno.test("partition.metadata holds the topic id (KIP-516)", () => {
  const id = "yZb7s2CqTLepIWqJH7Yd8w" as Uuid;
  const bytes = encodePartitionMetadata(id);
  equal(new TextDecoder().decode(bytes), `version: 0\ntopic_id: ${id}`);
  equal(decodePartitionMetadata(bytes), id);
  for (const text of ["", "version: 1\ntopic_id: " + id, "version: 0\ntopic_id: short"]) {
    throws(() => decodePartitionMetadata(encodeUtf8(text)), DecodeError);
  }
});

Deno.test("names of files and directories are told from others", () => {
  equal(offsetOfName("00000000000000000017.log", ".log"), 17);
  equal(offsetOfName("00000000000000000017.log.deleted", ".log"), null);
  equal(offsetOfName("x.log", ".log"), null);
  equal(offsetOfName("99999999999999999999.log", ".log"), null);
  deepEqual(parsePartitionDirectoryName("a.b-c_d-12"), { topic: "a.b-c_d", partition: 12 });
  for (const name of ["topic", "topic-", "-1", "topic-x", "t-0.abc-delete", "t-0-future", "t-99999999999"]) {
    equal(parsePartitionDirectoryName(name), null, name);
  }
});
