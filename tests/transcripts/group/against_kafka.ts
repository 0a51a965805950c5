/**
 * Asks a real Apache Kafka what the transcripts ask our shard, and prints where the answers differ. For whoever
 * changes the coordinator; it needs Java and Kafka's jars (see scripts/golden). Member ids and group ids are
 * translated. A transcript is followed up to the first command that a real broker cannot be given (its log, its
 * clock). Known to differ are who leads after a leader is gone, and what group_shard.ts says it does otherwise.
 * `deno run -A tests/transcripts/group/against_kafka.ts [name.txt...]`
 */

import type { GroupRequest, GroupResponse } from "../../../src/coordinator/group/types.ts";
import { ByteReader, ByteWriter } from "../../../src/core/bytes.ts";
import { codecOf, isFlexible } from "../../../src/protocol/codec.ts";
import { requestHeader, responseHeader } from "../../../src/protocol/header.ts";
import { createTopics } from "../../../src/protocol/messages/19_create_topics.ts";
import { deleteGroups } from "../../../src/protocol/messages/42_delete_groups.ts";
import { describeGroups } from "../../../src/protocol/messages/15_describe_groups.ts";
import { findCoordinator } from "../../../src/protocol/messages/10_find_coordinator.ts";
import { heartbeat } from "../../../src/protocol/messages/12_heartbeat.ts";
import { joinGroup } from "../../../src/protocol/messages/11_join_group.ts";
import { leaveGroup } from "../../../src/protocol/messages/13_leave_group.ts";
import { offsetCommit } from "../../../src/protocol/messages/08_offset_commit.ts";
import { offsetDelete } from "../../../src/protocol/messages/47_offset_delete.ts";
import { offsetFetch } from "../../../src/protocol/messages/09_offset_fetch.ts";
import { syncGroup } from "../../../src/protocol/messages/14_sync_group.ts";
import type { Api } from "../../../src/protocol/schema.ts";
import { type JavaTools, prepareJava } from "../../../scripts/golden/java.ts";
import { startRealKafka } from "../../../scripts/golden/real_kafka.ts";
import { ShardDriver } from "../../unit/coordinator/group/driver.ts";
import { formatResponse } from "./format.ts";
import { parseRequest } from "./request.ts";
import { type Command, parseCommand } from "./runner.ts";

/** How long a real broker may take before it counts as not answering, and how long it must stay silent. */
const PATIENCE_MS = 3_000;
const SILENCE_MS = 60;
/** Time that must pass is waited for, up to this much. */
const LONGEST_WAIT_MS = 35_000;
/** First rebalances are delayed, so that members can come together as they do in a transcript. */
const DELAY_MS = 1_000;
/** What the configuration of a shard is called in a broker. */
const PROPERTIES: Readonly<Record<string, string>> = {
  maxSize: "group.max.size",
  offsetMetadataMaxBytes: "offset.metadata.max.bytes",
  initialRebalanceDelayMs: "group.initial.rebalance.delay.ms",
};

const folder = new URL("./", import.meta.url);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// deno-lint-ignore no-explicit-any -- any message goes through here
type Body = any;

/** Sends one request on a connection of its own. */
async function call(port: number, api: Api, version: number, body: Body, clientId: string): Promise<Body> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const writer = new ByteWriter();
    writer.writeInt32(0);
    const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 1, clientId };
    codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).encode(writer, header);
    codecOf(api.request, version).encode(writer, body);
    writer.setInt32(0, writer.position - 4);
    await connection.write(writer.toBytes());
    const size = new DataView((await readExactly(connection, 4)).buffer).getInt32(0);
    const reader = new ByteReader(await readExactly(connection, size));
    codecOf(responseHeader, isFlexible(api.response, version) ? 1 : 0).decode(reader);
    return codecOf(api.response, version).decode(reader);
  } finally {
    connection.close();
  }
}

async function readExactly(connection: Deno.Conn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await connection.read(bytes.subarray(at));
    if (read === null) throw new Error("read response: the broker closed the connection");
    at += read;
  }
  return bytes;
}

/** Puts a request to the broker; the answer has the form that the shard gives. */
async function ask(port: number, event: GroupRequest): Promise<Body> {
  const send = (api: Api, version: number, body: Body) => {
    return call(port, api, version, body, "context" in event ? event.context.clientId : "c");
  };
  switch (event.type) {
    case "joinGroup":
      return await send(joinGroup, event.context.apiVersion, event.request);
    case "syncGroup":
      return await send(syncGroup, event.context.apiVersion, event.request);
    case "heartbeat":
      return await send(heartbeat, event.context.apiVersion, event.request);
    case "leaveGroup": {
      const response = await send(leaveGroup, event.context.apiVersion, event.request);
      return event.context.apiVersion < 3 ? { ...response, members: [] } : response;
    }
    case "offsetCommit":
      return await send(offsetCommit, event.context.apiVersion, event.request);
    case "offsetFetch": {
      const { requireStable, group } = event;
      return (await send(offsetFetch, 8, { requireStable, groups: [group] })).groups[0];
    }
    case "offsetDelete":
      return await send(offsetDelete, 0, event.request);
    case "deleteGroups":
      return await send(deleteGroups, 2, { groupsNames: event.groupIds });
    case "describeGroups":
      return await send(describeGroups, event.context.apiVersion, {
        groups: event.groupIds,
        includeAuthorizedOperations: false,
      });
    case "listGroups":
      throw new Error("groups of other transcripts would be listed");
  }
}

/** Follows one transcript; returns how many answers were the same. */
class Comparison {
  readonly #port: number;
  readonly #prefix: string;
  readonly #ours = new Map<number, GroupResponse>();
  readonly #theirs = new Map<number, Body>();
  readonly #compared = new Set<number>();
  readonly #requests: { readonly line: string; readonly request: GroupRequest }[] = [];
  /** Our member ids to the broker's. */
  readonly #memberIds = new Map<string, string>();
  readonly #driver: ShardDriver;
  same = 0;
  different = 0;

  constructor(port: number, options: { readonly prefix: string; readonly config: Record<string, number> }) {
    this.#port = port;
    this.#prefix = options.prefix;
    this.#driver = new ShardDriver(options.config, ({ replies }) => {
      for (const { token, response } of replies) this.#ours.set(token, response);
    });
    this.#driver.step({ type: "loaded" });
  }

  async run(text: string): Promise<void> {
    for (const line of commandsOf(text)) {
      const command = parseCommand(line);
      if (command.verb === "list") continue;
      if (!await this.#command(line, command)) {
        console.log(`  stops at: ${line}`);
        break;
      }
      await this.#compare();
    }
  }

  /** Returns false for what cannot be done to a real broker. */
  async #command(line: string, { verb, words, args }: Command): Promise<boolean> {
    // Its log always commits at once, so ours does too.
    if (verb === "log" || verb === "appended") return true;
    if (verb === "advance") {
      // Twice the delay, because somebody who comes extends it.
      const ms = Number(words[0]) + 2 * DELAY_MS;
      if (ms > LONGEST_WAIT_MS) return false;
      this.#driver.advance(ms);
      await sleep(ms + SILENCE_MS);
      return true;
    }
    if (["config", "failed", "restart", "unload", "loading", "topics-deleted"].includes(verb)) return false;
    const token = this.#requests.length;
    const request = parseRequest(verb, args, token);
    const translated = this.#toTheirs(request);
    if (translated === null) {
      console.log(`  skips, because the broker has not told the member id yet: ${line}`);
      return true;
    }
    this.#requests.push({ line, request });
    this.#driver.step(request);
    ask(this.#port, translated).then(
      (response) => this.#theirs.set(token, response),
      (error) => console.log(`  ${line}: ${error}`),
    );
    return true;
  }

  /** Waits until the broker has answered what the shard has, and a little longer for what it should not answer. */
  async #compare(): Promise<void> {
    const untilMs = Date.now() + PATIENCE_MS;
    const missing = () => {
      return [...this.#ours.keys()].some((token) => !this.#theirs.has(token) && !this.#compared.has(token));
    };
    while (missing() && Date.now() < untilMs) await sleep(5);
    await sleep(SILENCE_MS);
    const answered = new Set([...this.#ours.keys(), ...this.#theirs.keys()]);
    const fresh = [...answered].filter((token) => !this.#compared.has(token));
    for (const token of fresh) this.#learnMemberId(token);
    for (const token of fresh) {
      this.#compared.add(token);
      this.#compareOne(token);
    }
  }

  #learnMemberId(token: number): void {
    const ours = this.#ours.get(token) as Body;
    const theirs = this.#theirs.get(token);
    if (this.#requests[token]!.request.type !== "joinGroup" || !ours?.memberId || !theirs?.memberId) return;
    this.#memberIds.set(ours.memberId, theirs.memberId);
  }

  #compareOne(token: number): void {
    const { line, request } = this.#requests[token]!;
    const ours = this.#ours.get(token) as Body;
    const theirs = this.#theirs.get(token);
    const ourText = ours === undefined ? "(no answer)" : formatResponse(request, ours);
    const theirText = theirs === undefined ? "(no answer)" : this.#toOurs(formatResponse(request, theirs));
    if (sorted(ourText) === sorted(theirText)) {
      this.same++;
      return;
    }
    this.different++;
    console.log(`  ${line}\n    ours:   ${ourText}\n    kafka:  ${theirText}`);
  }

  /** Null when it names a member of which the broker's id is not known. */
  #toTheirs(request: GroupRequest): GroupRequest | null {
    let known = true;
    const text = (value: string): string => {
      const theirs = this.#memberIds.get(value);
      if (theirs === undefined && /-\d+$/.test(value)) known = false;
      return theirs ?? value;
    };
    const group = (value: string): string => value === "" ? "" : this.#prefix + value;
    const translated = translate(request, { text, group }) as GroupRequest;
    return known ? translated : null;
  }

  #toOurs(text: string): string {
    let result = text.replaceAll(this.#prefix, "");
    for (const [ours, theirs] of this.#memberIds) result = result.replaceAll(theirs, ours);
    return result;
  }
}

/** Members come in any order; so do topics. */
function sorted(text: string): string {
  return text.split(/[ ,=]/).sort().join(" ");
}

function translate(
  value: unknown,
  to: { text: (value: string) => string; group: (value: string) => string },
  key = "",
): unknown {
  if (typeof value === "string") {
    if (key === "memberId") return to.text(value);
    return key === "groupId" || key === "groupIds" ? to.group(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => translate(item, to, key));
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, translate(item, to, name)]));
}

function commandsOf(text: string): string[] {
  return text.split(/\n\n+/).flatMap((block) => {
    const lines = block.split("\n");
    const divider = lines.indexOf("----");
    return lines.slice(0, divider === -1 ? lines.length : divider).filter((line) =>
      line && !line.startsWith("#")
    );
  });
}

async function prepare(port: number): Promise<void> {
  const topics = ["t", "u"].map((name) => ({
    name,
    numPartitions: 10,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }));
  await call(port, createTopics, 5, { topics, timeoutMs: 10_000, validateOnly: false }, "prepare");
  for (let attempt = 0; attempt < 100; attempt++) {
    const body = { keyType: 0, coordinatorKeys: ["g"] };
    const found = await call(port, findCoordinator, 4, body, "prepare");
    const group = { groupId: "g", topics: null };
    const fetched = await call(port, offsetFetch, 8, { requireStable: false, groups: [group] }, "prepare");
    if (found.coordinators[0].errorCode === 0 && fetched.groups[0].errorCode === 0) return;
    await sleep(200);
  }
  throw new Error("prepare: no coordinator after 20 s");
}

/** Compares with a broker that has the configuration with which the transcript begins. */
async function compare(tools: JavaTools, name: string): Promise<void> {
  const text = await Deno.readTextFile(new URL(name, folder));
  const [first = ""] = commandsOf(text);
  const config: Record<string, number> = { initialRebalanceDelayMs: DELAY_MS };
  if (first.startsWith("config ")) {
    for (const [key, value] of parseCommand(first).args.entries()) config[key] = Number(value);
  }
  const unknown = Object.keys(config).filter((key) => !(key in PROPERTIES));
  if (unknown.length > 0) return console.log(`${name}: needs ${unknown.join(", ")}`);
  const properties = Object.entries(config).map(([key, value]) => [PROPERTIES[key]!, `${value}`]);
  const kafka = await startRealKafka(tools, {
    name,
    properties: {
      ...Object.fromEntries(properties),
      "offsets.topic.num.partitions": "1",
      "offsets.topic.replication.factor": "1",
    },
  });
  try {
    await prepare(kafka.port);
    console.log(name);
    const comparison = new Comparison(kafka.port, { prefix: `${name}:`, config });
    await comparison.run(first.startsWith("config ") ? text.replace(first, "") : text);
    console.log(`  ${comparison.same} the same, ${comparison.different} different`);
  } finally {
    await kafka.stop();
  }
}

async function main(names: string[]): Promise<void> {
  const workDir = await Deno.makeTempDir({ prefix: "against-kafka-" });
  try {
    const tools = await prepareJava(workDir);
    for (const name of names) await compare(tools, name);
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

if (import.meta.main) {
  const all = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".txt"));
  await main(Deno.args.length > 0 ? Deno.args : all.sort());
  Deno.exit();
}
