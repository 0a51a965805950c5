/** What the group commands share: names of groups and of members, and partitions as people write them. */

import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import { argument } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { GroupMember } from "../../client/group/group_admin.ts";
import type { TopicPartitions } from "../../client/group/consumer_protocol.ts";
import { UsageError } from "../../core/errors.ts";
import { valueOf } from "../values.ts";

/** One group or more. */
export const groupNames = multiple(argument(string({ metavar: "GROUP" })), {
  min: 1,
  errors: { tooFew: message`Wanted the name of at least one group.` },
});

/** A topic and the partitions of it that are meant; all when there are none. */
export interface ChosenTopic {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** `TOPIC`, `TOPIC:0` or `TOPIC:0,3-5`. */
export function parseChosenTopic(text: string): ChosenTopic {
  const at = text.lastIndexOf(":");
  const topic = at < 0 ? text : text.slice(0, at);
  const list = at < 0 ? [] : text.slice(at + 1).split(",");
  const refuse = () => new UsageError(`"${text}" names no partitions; wanted TOPIC or TOPIC:PARTITION,...`);
  if (topic === "") throw refuse();
  const partitions = list.flatMap((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    if (match === null) throw refuse();
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last - first > 100_000) throw refuse();
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return { topic, partitions };
}

export const chosenTopic = valueOf<ChosenTopic>("TOPIC[:P,...]", parseChosenTopic, {
  topic: "",
  partitions: [],
});

/** Partitions in few characters: `orders:0-3,7 payments:1`. */
export function shortPartitions(assigned: TopicPartitions): string {
  const topics = [...assigned].sort(([a], [b]) => a < b ? -1 : 1);
  return topics.map(([topic, partitions]) => `${topic}:${ranges(partitions)}`).join(" ");
}

function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(",");
}

/** A member id that fits a terminal: of the UUID that coordinators add, the first part says enough. */
export function shortMemberId({ memberId }: Pick<GroupMember, "memberId">): string {
  return memberId.replace(/(-[0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "$1");
}

/** Who is in a group, for a sentence: "2 members: web (10.0.0.1), web (10.0.0.2)". */
export function membersInWords(members: readonly GroupMember[]): string {
  const shown = members.slice(0, 5).map(({ clientId, host }) => `${clientId || "a client"} (${host})`);
  const more = members.length > shown.length ? `, ${members.length - shown.length} more` : "";
  const count = members.length === 1 ? "1 member" : `${members.length} members`;
  return `${count}: ${shown.join(", ")}${more}`;
}
