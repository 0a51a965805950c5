/** Prints a dump for people: a line for each thing, cut to the width of a terminal. */

import { compressionName } from "../../../records/compression/codec.ts";
import type { KnownFile } from "../../../log/inspect/file_kind.ts";
import { type BatchView, NO_PRODUCER_ID } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { Style } from "../../style.ts";
import { withCommas } from "../../progress.ts";
import type { Decoded } from "../decode/coordinator_record.ts";
import type { DumpPrinter, EntryFields } from "./printer.ts";
import { fitted, shownBytes, shownTime, shownValue } from "./text.ts";

const timeFields = new Set(["timestamp"]);

export class TextPrinter implements DumpPrinter {
  readonly #style: Style;
  readonly #width: number;
  #files = 0;

  /** Lines are cut to `width` characters; Infinity leaves them whole. */
  constructor(style: Style, width: number) {
    this.#style = style;
    this.#width = width;
  }

  file({ path, kind, partition }: KnownFile, sizeBytes: number): string {
    const of = partition === null ? "" : ` of ${partition.topic}-${partition.partition}`;
    const gap = this.#files++ === 0 ? "" : "\n";
    const what = `${kind.replaceAll("-", " ")}${of}, ${withCommas(sizeBytes)} bytes`;
    return `${gap}${this.#style.bold(path)}: ${what}\n`;
  }

  batch(batch: BatchView, position: number): string {
    const { baseOffset, lastOffset, recordsCount, sizeBytes, maxTimestamp } = batch;
    const parts = [
      `offsets ${baseOffset} to ${lastOffset}`,
      `${recordsCount} ${recordsCount === 1 ? "record" : "records"}`,
      `${sizeBytes} bytes`,
      compressionName(batch.compressionId) ?? `compression ${batch.compressionId}`,
      `epoch ${batch.partitionLeaderEpoch}`,
      shownTime(maxTimestamp) + (batch.timestampType === "LogAppendTime" ? " (append time)" : ""),
    ];
    const line = fitted(`at ${position}: ${parts.join(", ")}`, this.#width);
    const more = this.#traits(batch);
    return `${this.#style.bold(line)}\n${more === "" ? "" : fitted(`   ${more}`, this.#width) + "\n"}`;
  }

  /** What most batches do not have. */
  #traits(batch: BatchView): string {
    const traits: string[] = [];
    if (batch.isControl) traits.push("control");
    if (batch.isTransactional) traits.push("transactional");
    if (batch.producerId !== NO_PRODUCER_ID) {
      const sequences = batch.baseSequence < 0
        ? "no sequence"
        : `sequences ${batch.baseSequence} to ${batch.lastSequence}`;
      traits.push(`producer ${batch.producerId} epoch ${batch.producerEpoch}, ${sequences}`);
    }
    if (batch.hasDeleteHorizon) traits.push(`tombstones stay until ${shownTime(batch.baseTimestamp)}`);
    return traits.join(", ");
  }

  record(record: KafkaRecord, decoded: Decoded | string | null): string {
    const { offset, timestamp } = record;
    const place = `${String(offset).padStart(8)}  ${shownTime(timestamp)}  `;
    const headers = record.headers.map(({ key, value }) => `${key}: ${shownBytes(value)}`);
    const tail = headers.length === 0 ? "" : `  [${headers.join(", ")}]`;
    return fitted(place + content(record, decoded) + tail, this.#width) + "\n";
  }

  entry(_type: string, fields: EntryFields): string {
    const parts = Object.entries(fields).map(([name, value]) => {
      const shown = timeFields.has(name) ? shownTime(value as number) : plain(value);
      return `${name} ${shown}`;
    });
    return fitted(`  ${parts.join("  ")}`, this.#width) + "\n";
  }
}

function content({ key, value }: KafkaRecord, decoded: Decoded | string | null): string {
  const raw = `${shownBytes(key)} = ${shownBytes(value)}`;
  if (decoded === null) return raw;
  if (typeof decoded === "string") return `${raw}  (not decoded: ${decoded})`;
  const name = decoded.key === undefined ? decoded.type : decoded.type + shownValue(decoded.key);
  if (decoded.value === null) return `${name} = null`;
  const version = decoded.version === undefined ? "" : `v${decoded.version} `;
  return decoded.key === undefined
    ? `${name} ${version}${shownValue(decoded.value)}`
    : `${name} = ${version}${shownValue(decoded.value)}`;
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : shownValue(value);
}
