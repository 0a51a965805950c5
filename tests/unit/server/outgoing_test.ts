/** Responses whose records stay where they are until they are written. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { ByteWriter } from "../../../src/core/bytes.ts";
import type { DiskFile } from "../../../src/platform/disk.ts";
import type { Held } from "../../../src/platform/held_bytes.ts";
import type { Connection, FileRange } from "../../../src/platform/network.ts";
import { holdingFor, releaseHeld, writeParts } from "../../../src/server/outgoing.ts";

/** What was written, in order: texts, and files by their position. */
function recorder(options: { readonly sendsFiles: boolean; readonly failAt?: number }) {
  const written: string[] = [];
  const note = (text: string) => {
    if (written.length === options.failAt) return Promise.reject(new Error("gone"));
    written.push(text);
    return Promise.resolve();
  };
  const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const writeFile = (before: Uint8Array, { position, byteLength }: FileRange, behind: Uint8Array) =>
    note(`${textOf(before)}<${position}+${byteLength}>${textOf(behind)}`);
  const write = (bytes: Uint8Array) => note(textOf(bytes));
  const stream = (options.sendsFiles ? { write, writeFile } : { write }) as unknown as Connection;
  return { written, stream };
}

function source(held: Omit<Held, "release">, released: string[]) {
  return {
    byteLength: held.byteLength,
    writeTo: () => {},
    hold: () => ({ ...held, release: () => released.push("x") }),
  };
}

const inMemory = (text: string) => ({ byteLength: text.length, bytes: new TextEncoder().encode(text) });
const inFile = (position: number, byteLength: number) => ({
  byteLength,
  range: { file: {} as DiskFile, position, byteLength, isIntact: () => true },
});

function writerWith(stream: Connection, released: string[]): ByteWriter {
  const writer = new ByteWriter();
  writer.holding = holdingFor(stream);
  writer.writeRawOrSource(source(inMemory("first"), released));
  writer.writeRaw(new TextEncoder().encode("(a)"));
  writer.writeRawOrSource(source(inMemory("second"), released));
  writer.writeRawOrSource(source(inFile(7, 100), released));
  writer.writeRaw(new TextEncoder().encode("(b)"));
  writer.writeRawOrSource(source(inFile(9, 50), released));
  writer.writeRaw(new TextEncoder().encode("(c)"));
  return writer;
}

Deno.test("what is held is written in its place, files with what comes before them, the last with what follows", async () => {
  const { stream, written } = recorder({ sendsFiles: true });
  const released: string[] = [];
  const writer = writerWith(stream, released);
  await writeParts(stream, writer);
  deepEqual(written, ["first", "(a)", "second", "<7+100>", "(b)<9+50>(c)"]);
  equal(released.length, 0);
  releaseHeld(writer);
  releaseHeld(writer);
  equal(released.length, 4);
});

Deno.test("a write that fails ends the rest; everything is released all the same", async () => {
  const { stream, written } = recorder({ sendsFiles: true, failAt: 3 });
  const released: string[] = [];
  const writer = writerWith(stream, released);
  await rejects(writeParts(stream, writer), /gone/);
  releaseHeld(writer);
  deepEqual(written, ["first", "(a)", "second"]);
  equal(released.length, 4);
});

Deno.test("files are held only where the network sends them", () => {
  equal(holdingFor(recorder({ sendsFiles: true }).stream), "memory and files");
  equal(holdingFor(recorder({ sendsFiles: false }).stream), "memory");
});
