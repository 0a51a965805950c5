/** Makes records of lines. */

import type { ProducerRecord } from "../../client/producer/options.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/bytes.ts";
import { UsageError } from "../../core/errors.ts";
import { jsonRecord } from "./json_record.ts";

/** What all records have in common and how lines are read. */
export interface LineFormat {
  readonly format: "line" | "json";
  readonly keySeparator?: string | undefined;
  readonly nullMarker?: string | undefined;
  readonly tombstone: boolean;
  readonly headers: readonly (readonly [key: string, value: string])[];
  readonly partition?: number | undefined;
}

type Headers = NonNullable<ProducerRecord["headers"]>;

/** Makes a record of a line; throws {@link UsageError} when it cannot be one. Its bytes may be views of the line. */
export type RecordMaker = (line: Uint8Array) => ProducerRecord;

export function recordMaker(format: LineFormat): RecordMaker {
  const headers: Headers = format.headers.map(([key, value]) => ({ key, value: encodeUtf8(value) }));
  const { partition } = format;
  const common = {
    ...(headers.length === 0 ? {} : { headers }),
    ...(partition === undefined ? {} : { partition }),
  };
  const orNull = nullFor(format.nullMarker);
  if (format.format === "json") {
    return (line) => {
      const record = jsonRecord(decodeUtf8(line, 0, line.length));
      return { ...common, ...record, headers: [...headers, ...record.headers] };
    };
  }
  if (format.tombstone) return (line) => ({ ...common, key: orNull(line), value: null });
  if (format.keySeparator === undefined) {
    if (Object.keys(common).length === 0) return (line) => ({ key: null, value: orNull(line) });
    return (line) => ({ ...common, key: null, value: orNull(line) });
  }
  const separator = encodeUtf8(format.keySeparator);
  return (line) => {
    const at = indexOf(line, separator);
    if (at < 0) {
      throw new UsageError(`there is no ${JSON.stringify(format.keySeparator)} between a key and a value`);
    }
    const value = line.subarray(at + separator.length);
    return { ...common, key: orNull(line.subarray(0, at)), value: orNull(value) };
  };
}

function nullFor(marker: string | undefined): (bytes: Uint8Array) => Uint8Array | null {
  if (marker === undefined) return (bytes) => bytes;
  const wanted = encodeUtf8(marker);
  return (bytes) => bytes.length === wanted.length && indexOf(bytes, wanted) === 0 ? null : bytes;
}

/** Where `wanted`, which is not empty, first is in `bytes`; -1 when it is not. */
function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  if (wanted.length === 0) return 0;
  const first = wanted[0]!;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let matched = 1;
    while (matched < wanted.length && bytes[at + matched] === wanted[matched]) matched++;
    if (matched === wanted.length) return at;
  }
  return -1;
}
