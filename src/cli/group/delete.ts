/** `sluice group delete`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag } from "@optique/core/primitives";
import type { Cluster } from "../../client/cluster.ts";
import { BrokerError } from "../../client/errors.ts";
import { GroupAdmin } from "../../client/group/group_admin.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { groupNames, membersInWords } from "./names.ts";

const parser = merge(
  object("Options", {
    names: groupNames,
    ifExists: withDefault(
      flag("--if-exists", { description: message`Do not mind groups that are not there.` }),
      false,
    ),
  }),
  object("Everywhere", connectionFlags),
);

/** Deletes one group; null when that is done, else why not. */
async function deleteGroup(cluster: Cluster, name: string, ifExists: boolean): Promise<string | null> {
  const admin = new GroupAdmin(cluster, name);
  const { errorCode } = await admin.delete();
  if (errorCode === ErrorCode.NONE) return null;
  if (errorCode === ErrorCode.GROUP_ID_NOT_FOUND && ifExists) return null;
  return new BrokerError(`delete group "${name}"`, errorCode, await reason(admin, errorCode)).message;
}

async function reason(admin: GroupAdmin, errorCode: number): Promise<string | null> {
  switch (errorCode) {
    case ErrorCode.GROUP_ID_NOT_FOUND:
      return "there is no such group";
    case ErrorCode.NON_EMPTY_GROUP:
      return `it has ${membersInWords((await admin.describe()).members)}`;
    default:
      return null;
  }
}

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const { names, ifExists } = options;
  const refusals = await withCluster(options, context, async (cluster) => {
    const found: string[] = [];
    for (const name of new Set(names)) {
      const refusal = await deleteGroup(cluster, name, ifExists);
      if (refusal !== null) found.push(refusal);
      else if (context.process.stderr.isTerminal) await say(context, `deleted group ${name}\n`);
    }
    return found;
  });
  for (const refusal of refusals) await say(context, `${refusal}\n`);
  return refusals.length === 0 ? ExitCode.DONE : ExitCode.FAILED;
}

export const deleteCommand = defineCommand({
  parser,
  description:
    message`Deletes groups with the positions they have committed. A group that has members is refused. There is no way back.`,
  examples: [
    ["sluice group delete orders-app", "Delete a group"],
    ["sluice group list --state empty | cut -f1 | xargs sluice group delete", "All that nobody is in"],
  ],
  run,
});
