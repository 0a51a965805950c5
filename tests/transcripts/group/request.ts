/** Makes the requests of a transcript from its commands; see runner.ts for the language. */

import { ByteWriter } from "../../../src/core/bytes.ts";
import { ZERO_UUID } from "../../../src/core/uuid.ts";
import type { GroupRequest, RequestContext } from "../../../src/coordinator/group/types.ts";

const utf8 = new TextEncoder();

/** The KEY=VALUE parts of a command. */
export class Args {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  text(key: string, otherwise = ""): string {
    return this.#values.get(key) ?? otherwise;
  }

  number(key: string, otherwise: number): number {
    return Number(this.#values.get(key) ?? otherwise);
  }

  orNull(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  list(key: string, otherwise: string[] = []): string[] {
    const text = this.#values.get(key);
    return text === undefined ? otherwise : text.split(",").filter((item) => item !== "");
  }

  /** TOPIC:PARTITION pairs, each as a topic of its own. */
  partitions(key: string): { name: string; partitionIndex: number }[] {
    return this.list(key).map((item) => {
      const [name = "", partition] = item.split(":");
      return { name, partitionIndex: Number(partition) };
    });
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}

const parsers: Readonly<Record<string, (args: Args, token: number) => GroupRequest>> = {
  join: (args, token) => ({
    type: "joinGroup",
    token,
    context: contextOf(args, 9),
    request: {
      ...identityOf(args),
      sessionTimeoutMs: args.number("session", 10_000),
      rebalanceTimeoutMs: args.number("rebalance", 30_000),
      protocolType: args.text("type", "consumer"),
      protocols: args.list("protocols", ["range:@t"]).map(parseProtocol),
      reason: args.orNull("reason"),
    },
  }),

  sync: (args, token) => ({
    type: "syncGroup",
    token,
    context: contextOf(args, 5),
    request: {
      ...identityOf(args),
      generationId: args.number("generation", -1),
      protocolType: args.has("v") ? args.orNull("type") : args.text("type", "consumer"),
      protocolName: args.has("v") ? args.orNull("protocol") : args.text("protocol", "range"),
      assignments: args.list("assign").map((item) => {
        const [memberId = "", assignment = ""] = item.split(":");
        return { memberId, assignment: utf8.encode(assignment) };
      }),
    },
  }),

  heartbeat: (args, token) => ({
    type: "heartbeat",
    token,
    context: contextOf(args, 4),
    request: { ...identityOf(args), generationId: args.number("generation", -1) },
  }),

  leave: (args, token) => ({
    type: "leaveGroup",
    token,
    context: contextOf(args, 5),
    request: {
      groupId: args.text("group", "g"),
      memberId: args.text("member"),
      members: args.list("members").map((item) => {
        const [memberId = "", groupInstanceId = null] = item.split("/");
        return { memberId, groupInstanceId, reason: args.orNull("reason") };
      }),
    },
  }),

  commit: (args, token) => ({
    type: "offsetCommit",
    token,
    context: contextOf(args, 9),
    request: {
      ...identityOf(args),
      generationIdOrMemberEpoch: args.number("generation", -1),
      retentionTimeMs: args.number("retention", -1),
      topics: args.list("offsets").map(parseOffset),
    },
  }),

  fetch: (args, token) => ({
    type: "offsetFetch",
    token,
    requireStable: args.text("stable") === "yes",
    group: {
      groupId: args.text("group", "g"),
      memberId: null,
      memberEpoch: -1,
      topics: !args.has("partitions") ? null : args.partitions("partitions").map((partition) => ({
        name: partition.name,
        topicId: ZERO_UUID,
        partitionIndexes: [partition.partitionIndex],
      })),
    },
  }),

  forget: (args, token) => ({
    type: "offsetDelete",
    token,
    request: {
      groupId: args.text("group", "g"),
      topics: args.partitions("partitions").map(({ name, partitionIndex }) => ({
        name,
        partitions: [{ partitionIndex }],
      })),
    },
  }),

  delete: (args, token) => ({ type: "deleteGroups", token, groupIds: args.list("groups", ["g"]) }),

  list: (args, token) => ({
    type: "listGroups",
    token,
    statesFilter: args.list("states"),
    typesFilter: args.list("types"),
  }),

  describe: (args, token) => ({
    type: "describeGroups",
    token,
    context: contextOf(args, 6),
    groupIds: args.list("groups", ["g"]),
  }),
};

/** The request that a command stands for. */
export function parseRequest(verb: string, args: Args, token: number): GroupRequest {
  const parser = parsers[verb];
  if (parser === undefined) throw new Error(`run transcript: unknown command "${verb}"`);
  return parser(args, token);
}

function identityOf(args: Args): { groupId: string; memberId: string; groupInstanceId: string | null } {
  return {
    groupId: args.text("group", "g"),
    memberId: args.text("member"),
    groupInstanceId: args.orNull("instance"),
  };
}

function contextOf(args: Args, latestVersion: number): RequestContext {
  return {
    apiVersion: args.number("v", latestVersion),
    clientId: args.text("client", "c"),
    clientHost: "/127.0.0.1",
  };
}

function parseOffset(item: string) {
  const [name = "", partition, offset, metadata = null] = item.split(":");
  return {
    name,
    topicId: ZERO_UUID,
    partitions: [{
      partitionIndex: Number(partition),
      committedOffset: Number(offset),
      committedLeaderEpoch: -1,
      committedMetadata: metadata,
    }],
  };
}

function parseProtocol(item: string): { name: string; metadata: Uint8Array } {
  const [name = "", metadata = ""] = item.split(":");
  if (!metadata.startsWith("@")) return { name, metadata: utf8.encode(metadata) };
  return { name, metadata: subscription(metadata.slice(1).split("+").filter((topic) => topic !== "")) };
}

/** A ConsumerProtocolSubscription of version 0 without user data. */
export function subscription(topics: readonly string[]): Uint8Array {
  const writer = new ByteWriter();
  writer.writeInt16(0);
  writer.writeInt32(topics.length);
  for (const topic of topics) writer.writeString(topic);
  writer.writeInt32(-1);
  return writer.toBytes();
}
