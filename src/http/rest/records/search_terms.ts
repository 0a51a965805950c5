/** Which records somebody looks for. */

import type { FetchedRecord } from "../../../client/consumer/fetched.ts";
import { decodeUtf8, encodeUtf8 } from "../../../core/bytes.ts";
import { optional, string } from "../schema.ts";

const MAX_TERM_LENGTH = 1_000;

/** What a query says about the records that are wanted. */
export const searchParams = {
  key: optional(
    string({ description: "Only records whose key has this text in it.", maxLength: MAX_TERM_LENGTH }),
  ),
  value: optional(
    string({ description: "Only records whose value has this text in it.", maxLength: MAX_TERM_LENGTH }),
  ),
  header: optional(
    string({
      description: "Only records with this header, as `NAME`, or with this text in it, as `NAME=TEXT`.",
      maxLength: MAX_TERM_LENGTH,
    }),
  ),
};

export interface SearchTerms {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  readonly header?: string | undefined;
}

/** Whether a record is wanted. */
export type RecordTest = (record: FetchedRecord) => boolean;

/** The test for some terms, all of which must hold. */
export function recordFilter({ key, value, header }: SearchTerms): RecordTest {
  const tests: RecordTest[] = [];
  if (key !== undefined) tests.push(holds(key, (record) => record.key));
  if (value !== undefined) tests.push(holds(value, (record) => record.value));
  if (header !== undefined) tests.push(hasHeader(header));
  return (record) => tests.every((test) => test(record));
}

function holds(term: string, of: (record: FetchedRecord) => Uint8Array | null): RecordTest {
  const wanted = encodeUtf8(term);
  return (record) => {
    const bytes = of(record);
    return bytes !== null && indexOfBytes(bytes, wanted) >= 0;
  };
}

function hasHeader(term: string): RecordTest {
  const at = term.indexOf("=");
  const name = at < 0 ? term : term.slice(0, at);
  const text = at < 0 ? "" : term.slice(at + 1);
  return (record) =>
    record.headers.some(({ key, value }) => {
      if (key !== name) return false;
      return text === "" || (value !== null && decodeUtf8(value, 0, value.length).includes(text));
    });
}

/** Where `wanted` begins in `bytes`; -1 when it is not there. Bytes are compared, so texts that are equal must be written alike. */
export function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  if (wanted.length === 0) return 0;
  const first = wanted[0]!;
  const last = bytes.length - wanted.length;
  for (let at = bytes.indexOf(first); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}
