/** The kinds of values that options take. */

import { message, text as textTerm } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";
import { parseDuration } from "../config/units.ts";
import { messageOf, UsageError } from "../core/errors.ts";
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

/** `HOST:PORT`; a host of IPv6 is in brackets. Port 0 is for listening on any free port. */
export function parseAddress(text: string): Address {
  const match = /^(\[[0-9A-Fa-f:.%a-z]+\]|[^:[\]/\s]*):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (match === null || port > 65535) {
    throw new UsageError(`"${text}" is not an address; wanted HOST:PORT, such as 127.0.0.1:9092`);
  }
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
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
