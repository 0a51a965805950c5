/** What the topic commands share: names of topics, and what to say about each of them. */

import { message as text } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import { argument } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { Outcome } from "../../client/admin/call.ts";
import { BrokerError } from "../../client/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { type CliContext, ExitCode, say } from "../context.ts";

/** One topic or more. */
export const topicNames = multiple(argument(string({ metavar: "TOPIC" })), {
  min: 1,
  errors: { tooFew: text`Wanted the name of at least one topic.` },
});

/** Any number of topics. */
export const anyTopicNames = multiple(argument(string({ metavar: "TOPIC" })));

/** Says what failed, one line each; the exit code of it all. */
export async function exitCodeForOutcomes(
  action: string,
  outcomes: readonly Outcome[],
  context: CliContext,
): Promise<number> {
  let code: number = ExitCode.DONE;
  for (const { name, errorCode, errorMessage } of outcomes) {
    if (errorCode === ErrorCode.NONE) continue;
    code = ExitCode.FAILED;
    const { message } = new BrokerError(`${action} "${name}"`, errorCode, errorMessage);
    await say(context, `sluice: ${message}\n`);
  }
  return code;
}
