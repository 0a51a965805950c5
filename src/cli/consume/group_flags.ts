/** The flags of `sluice consume` that make it a member of a group. */

import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { choice, string } from "@optique/core/valueparser";
import { assignorNames } from "../../client/group/assignors/names.ts";
import { duration } from "../values.ts";

const SESSION_TIMEOUT_MS = 45_000;

export const groupFlags = {
  group: optional(option("-g", "--group", string({ metavar: "GROUP" }), {
    description:
      message`Share the topics with the other members of this consumer group: begin where the group stands, and commit what was printed. --from is for partitions that the group has not been in.`,
  })),
  assignor: withDefault(
    option("--assignor", choice(assignorNames, { metavar: "NAME" }), {
      description: message`How the group shares partitions; its members must have one in common.`,
    }),
    "range" as const,
  ),
  sessionTimeoutMs: withDefault(
    option("--session-timeout", duration, {
      description: message`How long after a crash the others take over the partitions of this member.`,
    }),
    SESSION_TIMEOUT_MS,
  ),
};
