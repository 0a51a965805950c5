/** The kinds of values that options take. */

import { message, text as textTerm } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";
import { parseDuration } from "../config/units.ts";
import { messageOf, UsageError } from "../core/errors.ts";
import { parseAddress } from "../platform/address.ts";
import type { Address } from "../platform/network.ts";

/** A value that `parse` makes of a word; it throws {@link UsageError} to refuse one. */
export function valueOf<T>(
  metavar: NonEmptyString,
  parse: (text: string) => T,
  placeholder: T,
): ValueParser<"sync", T> {
  return {
    mode: "sync",
    metavar,
    placeholder,
    format: String,
    parse(input) {
      try {
        return { success: true, value: parse(input) };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return { success: false, error: message`${textTerm(messageOf(error))}` };
      }
    },
  };
}

/** `KEY=VALUE`; the value may be empty and may hold further signs of equality. */
export function parsePair(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`"${text}" is not a setting; wanted KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `500ms`, `3s`, `1m`, or plain milliseconds. */
export function parseMs(text: string): number {
  const ms = /^\d{1,12}$/.test(text) ? Number(text) : parseDuration(text);
  if (ms === null) throw new UsageError(`"${text}" is not a duration; wanted one such as 500ms, 3s or 1m`);
  return ms;
}

export const duration = valueOf<number>("DURATION", parseMs, 0);
export const address = valueOf<Address>("HOST:PORT", parseAddress, { host: "", port: 0 });
export const pair = valueOf<readonly [string, string]>("KEY=VALUE", parsePair, ["", ""]);
