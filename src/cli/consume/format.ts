/** Prints records: as a template says, or as JSON. */

import type { FetchedRecord } from "../../client/consumer/fetched.ts";
import { toBase64 } from "../../core/base64.ts";
import { type ByteWriter, encodeUtf8, textOf } from "../../core/bytes.ts";
import { UsageError } from "../../core/errors.ts";
import { parseEscapes } from "../escapes.ts";

/** A record and where it came from. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Appends one record to the output. */
export type RecordPrinter = (output: ByteWriter, record: FetchedRecord, place: Place) => void;

export interface FormatOptions {
  /** `json` or a template. */
  readonly format: string;
  /** What stands for a key or value that is null. */
  readonly nullMarker: string;
}

/** The printer that a format describes. Throws {@link UsageError} when it is wrong. */
export function recordPrinter({ format, nullMarker }: FormatOptions): RecordPrinter {
  if (format === "json") return printJson;
  const parts = templateParts(format, encodeUtf8(nullMarker));
  if (parts.length === 1) return parts[0]!;
  return (output, record, place) => {
    for (const print of parts) print(output, record, place);
  };
}

/** A printer for each placeholder and each text between them. */
function templateParts(template: string, nullMarker: Uint8Array): RecordPrinter[] {
  const printers = placeholders(nullMarker);
  const parts: RecordPrinter[] = [];
  const addText = (text: string) => {
    const bytes = encodeUtf8(text);
    if (bytes.length > 0) parts.push((output) => output.writeRaw(bytes));
  };
  let text = "";
  for (let at = 0; at < template.length; at++) {
    const letter = template[at]!;
    if (letter === "\\") {
      const length = template[at + 1] === "x" ? 4 : 2;
      text += parseEscapes(template.slice(at, at + length));
      at += length - 1;
      continue;
    }
    if (letter !== "%") {
      text += letter;
      continue;
    }
    const name = template[++at] ?? "";
    if (name === "%") {
      text += "%";
      continue;
    }
    const printer = printers[name];
    if (printer === undefined) {
      throw new UsageError(
        `--format: "%${name}" in "${template}" stands for nothing; ` +
          `wanted %v, %k, %o, %p, %t, %h, %T or %%`,
      );
    }
    addText(text);
    text = "";
    parts.push(printer);
  }
  addText(/[\n\0]$/.test(text) ? text : `${text}\n`);
  return joined(parts, template, nullMarker);
}

/** The most common template, a value on each line, without a loop. */
function joined(parts: RecordPrinter[], template: string, nullMarker: Uint8Array): RecordPrinter[] {
  if (template !== "%v") return parts;
  return [(output, record) => {
    output.writeRaw(record.value ?? nullMarker);
    output.writeUint8(10);
  }];
}

function placeholders(nullMarker: Uint8Array): Readonly<Record<string, RecordPrinter>> {
  const text = (of: (record: FetchedRecord, place: Place) => string | number): RecordPrinter => {
    return (output, record, place) => output.writeRaw(encodeUtf8(String(of(record, place))));
  };
  return {
    v: (output, record) => output.writeRaw(record.value ?? nullMarker),
    k: (output, record) => output.writeRaw(record.key ?? nullMarker),
    o: text((record) => record.offset),
    p: text((_, place) => place.partition),
    t: text((_, place) => place.topic),
    T: text((record) => record.timestamp),
    h: (output, record) => printHeaders(output, record, nullMarker),
  };
}

function printHeaders(output: ByteWriter, record: FetchedRecord, nullMarker: Uint8Array): void {
  record.headers.forEach(({ key, value }, index) => {
    if (index > 0) output.writeUint8(44);
    output.writeRaw(encodeUtf8(`${key}=`));
    output.writeRaw(value ?? nullMarker);
  });
}

/** One object a line, in the form that `sluice produce --format json` takes. */
function printJson(output: ByteWriter, record: FetchedRecord, { topic, partition }: Place): void {
  const { offset, timestamp } = record;
  const headers = record.headers.map(({ key, value }) => ({ key, ...jsonBytes("value", value) }));
  const fields = {
    topic,
    partition,
    offset,
    timestamp,
    ...jsonBytes("key", record.key),
    ...jsonBytes("value", record.value),
    headers,
  };
  output.writeRaw(encodeUtf8(JSON.stringify(fields) + "\n"));
}

/** Text where the bytes are UTF-8, otherwise base64 under another name. */
function jsonBytes(name: string, bytes: Uint8Array | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null };
  const text = textOf(bytes);
  return text === null ? { [`${name}Base64`]: toBase64(bytes) } : { [name]: text };
}
