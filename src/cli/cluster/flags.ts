/** Flags of the commands that move replicas. */

import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { flag, option } from "@optique/core/primitives";
import { parseSize } from "../../config/units.ts";
import { UsageError } from "../../core/errors.ts";
import { valueOf } from "../values.ts";

/** `50MiB`, `1GB`, or plain bytes, each second. */
export function parseRate(text: string): number {
  const bytes = /^\d{1,15}$/.test(text) ? Number(text) : parseSize(text.replace(/\/s$/, ""));
  if (bytes !== null && bytes > 0) return bytes;
  throw new UsageError(`"${text}" is not a rate; wanted bytes a second, such as 50MiB`);
}

export const moveFlags = {
  throttle: optional(option("--throttle", valueOf<number>("RATE", parseRate, 0), {
    description:
      message`How much each broker may copy in a second, such as 10MiB; never more than its rebalance.throttle.bytes.per.second.`,
  })),
  wait: withDefault(
    flag("--wait", { description: message`Wait until the moves are done, and show how far they are.` }),
    false,
  ),
};
