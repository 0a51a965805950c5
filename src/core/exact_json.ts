/**
 * JSON whose numbers keep all their digits. Ids of 64 bits are common in records, and a JavaScript number would change
 * the last digits of what somebody stores (ECMAScript 2026: JSON.parse source text access).
 */

/** Sixteen digits are where a number may begin to differ from its text. */
const MANY_DIGITS = /\d{16}/;
/** What may hold a number that changes: one with many digits, or one too large for any. */
const SUSPICIOUS = /\d{16}|\d[eE]/;

interface ExactJson {
  /** A value that JSON.stringify writes as `text`. */
  readonly rawJSON?: (text: string) => unknown;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context?: { source?: string }) => unknown,
  ): unknown;
}

const json: ExactJson = JSON;

/** Parses JSON; a number that JavaScript cannot hold becomes an object that is written as the same digits again. */
export function parseExact(text: string): unknown {
  const { rawJSON } = json;
  // Runtimes of before have no way to keep the digits.
  if (rawJSON === undefined || !SUSPICIOUS.test(text)) return JSON.parse(text);
  return json.parse(text, (_, value, context) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    const isExact = MANY_DIGITS.test(source) ? String(value) === source : Number.isFinite(value);
    return isExact ? value : rawJSON(source);
  });
}
