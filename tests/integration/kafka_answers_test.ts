/**
 * The requests that were sent to a real Apache Kafka 4.3.0 at every version (tests/golden/wire), sent to this broker:
 * it must answer with the same error codes, structure and values. What depends on the moment or the machine (offsets,
 * timestamps, ids, sizes) is compared by its kind only, texts of errors not at all.
 */

import assert from "node:assert/strict";
import { ByteReader } from "../../src/core/bytes.ts";
import { METADATA_TOPIC_ID, ZERO_UUID } from "../../src/core/uuid.ts";
import { codecOf, isFlexible } from "../../src/protocol/codec.ts";
import { requestHeader } from "../../src/protocol/header.ts";
import { apiByKey } from "../../src/protocol/messages/index.ts";
import type { Api } from "../../src/protocol/schema.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { createTopic, produceTo } from "../harness/requests.ts";
import { decodeResponse, WireClient } from "../harness/wire.ts";

/** In the order in which they were recorded, as far as that matters. */
const replayed = [3, 0, 1, 2, 19, 37, 20, 21, 23, 32, 33, 44, 35, 60, 75, 74, 22, 43, 45, 46, 57];

// deno-lint-ignore no-explicit-any -- decoded messages of any API
type Body = any;

interface Recorded {
  readonly api: Api;
  readonly version: number;
  readonly request: Body;
  readonly response: Body;
}

/** What the driver of the capture sent to the broker, in its order. */
function recorded(api: Api): Recorded[] {
  const file = `${String(api.key).padStart(2, "0")}_${api.name}.jsonl`;
  const lines = Deno.readTextFileSync(new URL(`../golden/wire/${file}`, import.meta.url)).trim().split("\n");
  return lines.map((line) => JSON.parse(line))
    .filter((one) => one.client === "driver" && one.response !== null)
    .map(({ version, request, response }) => {
      const reader = new ByteReader(Uint8Array.fromHex(request));
      codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).decode(reader);
      const body = codecOf(api.request, version).decode(reader);
      return {
        api,
        version,
        request: body,
        response: decodeResponse(api, version, Uint8Array.fromHex(response)),
      };
    });
}

/** Compared by sign: those below zero mean something. */
const signOnly = new Set([
  ...[
    "baseOffset",
    "logStartOffset",
    "highWatermark",
    "lastStableOffset",
    "offset",
    "timestamp",
    "lowWatermark",
  ],
  ...[
    "endOffset",
    "producerId",
    "partitionSize",
    "totalBytes",
    "usableBytes",
    "leaderEpoch",
    "lastTimestamp",
  ],
  ...["sessionId", "finalizedFeaturesEpoch"],
]);
/** Not compared. */
const ignored = new Set([
  ...["errorMessage", "throttleTimeMs", "host", "port", "documentation", "logDir"],
  ...["clusterAuthorizedOperations", "topicAuthorizedOperations"],
]);

/** Requests whose answers depend on what else the recorded broker held, or on what is not there yet. */
const leftOut: readonly ((one: Recorded) => boolean)[] = [
  // Asked of the listener of the controller.
  ({ api, request }) => api.name === "DescribeCluster" && request.endpointType === 2,
  ({ api, request }) =>
    api.name === "Fetch" &&
    request.topics.some((one: Body) =>
      one.topic === "__cluster_metadata" || one.topicId === METADATA_TOPIC_ID
    ),
  // Transactions.
  ({ api, request }) => api.name === "InitProducerId" && request.transactionalId !== null,
];

/** Where this broker means to answer differently. */
const meant: readonly RegExp[] = [
  // A topic that is created because it was asked for has its leader in the same answer.
  /^Metadata\.topics\[auto-\d+\]\.(errorCode|partitions|topicId)/,
  // Topics of other clients, and Kafka's own, come into being with their first use.
  /(Metadata\.topics|configResources)\[(__\w+|kafkajs)\]: is missing/,
  /\.configs\[listeners\]/,
  // Where there is an error, none and an empty list say the same.
  /abortedTransactions: Kafka \[\], here null/,
  // A config that Kafka does not have.
  /\.configs\[retention\.disk\.percent\]: Kafka has none/,
  // Of a batch that is there already Kafka tells the largest timestamp, although it was not set by the broker.
  /logAppendTimeMs: Kafka \d+, here -1/,
];

/** Adds a line to `differences` for everything that is not alike. */
function compare(theirs: Body, ours: Body, path: string, differences: string[]): void {
  const key = path.replace(/\[.*\]$/, "").split(".").at(-1)!;
  if (ignored.has(key)) return;
  const differ = (kafka = theirs, sluice = ours) =>
    void differences.push(`${path}: Kafka ${JSON.stringify(kafka)}, here ${JSON.stringify(sluice)}`);
  if (typeof theirs !== typeof ours || (theirs === null) !== (ours === null)) return differ();
  if (key === "topicId" || key === "clusterId") {
    if ((theirs === ZERO_UUID) !== (ours === ZERO_UUID)) differ();
  } else if (theirs instanceof Uint8Array) {
    if ((theirs.length === 0) !== (ours.length === 0)) differ(theirs.length, ours.length);
  } else if (Array.isArray(theirs)) {
    compareArrays(theirs, ours, path, differences);
  } else if (typeof theirs === "object" && theirs !== null) {
    for (const name of Object.keys(theirs)) compare(theirs[name], ours[name], `${path}.${name}`, differences);
  } else if (typeof theirs === "number" && signOnly.has(key)) {
    if (Math.sign(theirs + 0.5) !== Math.sign(ours + 0.5)) differ();
  } else if (theirs !== ours) {
    differ();
  }
}

/** Elements are matched by what names them, else by their order. */
function compareArrays(theirs: Body[], ours: Body[], path: string, differences: string[]): void {
  const nameOf = (one: Body, index: number) => {
    const named = one?.name ?? one?.topic ?? one?.resourceName ?? one?.partitionIndex ?? one?.index;
    return String(typeof one === "object" ? named || index : one);
  };
  const byName = new Map(ours.map((one, index) => [nameOf(one, index), one]));
  for (const [index, one] of theirs.entries()) {
    const name = nameOf(one, index);
    if (!byName.has(name)) differences.push(`${path}[${name}]: is missing`);
    else compare(one, byName.get(name), `${path}[${name}]`, differences);
    byName.delete(name);
  }
  for (const name of byName.keys()) differences.push(`${path}[${name}]: Kafka has none`);
}

const shared = sharedBroker();
/** From the topic ids and fetch sessions of the recording to those of here. */
const ids = new Map<unknown, unknown>();
let isPrepared = false;

/** The topics that the capture had made. */
async function prepare(client: WireClient): Promise<void> {
  if (isPrepared) return;
  isPrepared = true;
  const byName =
    recorded(apiByKey(3)!).find((one) => one.request.topics?.[1]?.name === "fetched")!.response.topics;
  for (const name of ["wire", "fetched", "grow"]) {
    const id = await createTopic(client, name);
    const known = byName.find((one: Body) => one.name === name);
    if (known !== undefined) ids.set(known.topicId, id);
  }
  await produceTo(client, { topic: "wire" }, batch(["0", "1", "2"]));
  for (let index = 0; index < 5; index++) {
    const record = { key: "k", value: `${index}`, timestamp: 1_700_000_000_000 + index };
    await produceTo(client, { topic: "fetched" }, batch([record]));
  }
}

/** The request with ids of here in place of the recorded ones. */
function translated(value: Body, key = ""): Body {
  if (Array.isArray(value)) return value.map((one) => translated(one, key));
  if (value instanceof Uint8Array || value === null) return value;
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, translated(one, name)]));
  }
  return key === "topicId" || key === "sessionId" ? ids.get(value) ?? value : value;
}

for (const key of replayed) {
  const api = apiByKey(key)!;
  Deno.test(`${api.name}: every recorded request is answered as Apache Kafka answered it`, async () => {
    using client = await WireClient.connect(shared.address);
    await prepare(client);
    const differences: string[] = [];
    for (const one of recorded(api).filter((one) => !leftOut.some((isLeftOut) => isLeftOut(one)))) {
      const response: Body = await client.send(api, one.version, translated(one.request));
      if (response.sessionId > 0) ids.set(one.response.sessionId, response.sessionId);
      const found: string[] = [];
      compare(one.response, response, api.name, found);
      const request = JSON.stringify(
        one.request,
        (_, value) => value instanceof Uint8Array ? "bytes" : value,
      );
      const unmeant = found.filter((line) => !meant.some((pattern) => pattern.test(line)));
      differences.push(
        ...unmeant.map((line) => `v${one.version} ${line}\n    asked ${request.slice(0, 300)}`),
      );
    }
    assert.equal(differences.join("\n"), "");
  });
}
