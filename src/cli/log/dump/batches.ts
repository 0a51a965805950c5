/** Dumps the batches and records of a segment or metadata snapshot in bounded memory. */

import { DecodeError, messageOf } from "../../../core/errors.ts";
import { type Damage, SegmentReader } from "../../../log/inspect/segment_reader.ts";
import type { DiskFile } from "../../../platform/disk.ts";
import { recordsOf } from "../../../records/record.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import { decodeControl } from "../decode/control.ts";
import type { Decoded } from "../decode/coordinator_record.ts";
import type { Decoder } from "../decode/decoder.ts";
import type { TextOutput } from "../text_output.ts";
import type { DumpPrinter } from "./printer.ts";

export interface BatchDumpOptions {
  readonly decoder: Decoder | null;
  /** Headers only. */
  readonly batchesOnly: boolean;
  /** Nothing before this offset. */
  readonly from: number;
  /** Called for what is wrong, when everything before it is written. */
  readonly onProblem: (position: number, what: string) => Promise<void>;
}

/** Dumps a file of batches. Throws DiskError. */
export async function dumpBatches(
  file: DiskFile,
  output: TextOutput,
  printer: DumpPrinter,
  options: BatchDumpOptions,
): Promise<void> {
  const damages: Damage[] = [];
  const tell = async (position: number, what: string) => {
    await output.flush();
    await options.onProblem(position, what);
  };
  const reader = new SegmentReader(file, { onDamage: (damage) => damages.push(damage) });
  do {
    let hasBatch = true;
    while (hasBatch) {
      hasBatch = reader.take();
      for (const { position, what } of damages.splice(0)) await tell(position, what);
      if (!hasBatch || reader.batch.lastOffset < options.from) continue;
      const problem = await dumpBatch(reader, output, printer, options);
      if (problem !== null) await tell(reader.position, problem);
      if (output.isFull) await output.flush();
    }
  } while (await reader.more());
  for (const { position, what } of damages) await tell(position, what);
}

/** Dumps the current batch; the result says what is wrong with its records. */
async function dumpBatch(
  reader: SegmentReader,
  output: TextOutput,
  printer: DumpPrinter,
  { batchesOnly, decoder, from }: BatchDumpOptions,
): Promise<string | null> {
  const { batch, position, isWhole } = reader;
  output.add(printer.batch(batch, position));
  if (batchesOnly) return null;
  if (!isWhole) return `a batch of ${batch.sizeBytes} bytes is too large to show its records`;
  const decode = batch.isControl ? decodeControl : decoder;
  try {
    for (const record of recordsOf(batch)) {
      if (record.offset < from) continue;
      output.add(printer.record(record, decode === null ? null : meaningOf(record, decode)));
      if (output.isFull) await output.flush();
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return messageOf(error);
  }
  return null;
}

/** Records of an internal topic that somebody else wrote are no damage. */
function meaningOf({ key, value }: KafkaRecord, decode: Decoder): Decoded | string {
  try {
    return decode(key, value);
  } catch (error) {
    if (error instanceof DecodeError) return messageOf(error);
    throw error;
  }
}
