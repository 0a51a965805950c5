// What real clients and a real Apache Kafka 4.3.0 said to each other (scripts/golden), read and written again.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ByteReader, ByteWriter } from "../../src/core/bytes.ts";
import { codecOf, isFlexible } from "../../src/protocol/codec.ts";
import { requestHeader, responseHeader } from "../../src/protocol/header.ts";
import { apiByKey, apis } from "../../src/protocol/messages/index.ts";
import type { Decoded, Message } from "../../src/protocol/schema.ts";

/** Frames without their length; no response where none came. */
interface Exchange {
  readonly apiKey: number;
  readonly version: number;
  readonly client: string;
  readonly request: string;
  readonly response: string | null;
}

const API_VERSIONS = 18;
const folders = ["wire", "wire_cluster"];

function exchanges(file: string): Exchange[] {
  return Deno.readTextFileSync(new URL(file, import.meta.url)).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
}

/** Reads a header and a body to the end, and checks that writing them gives the same bytes. */
function roundTrip<H extends Message, B extends Message>(
  frame: string,
  [header, headerVersion]: [H, number],
  [body, version]: [B, number],
): { header: Decoded<H>; body: Decoded<B> } {
  const reader = new ByteReader(Buffer.from(frame, "hex"));
  const decodedHeader = codecOf(header, headerVersion).decode(reader);
  const decodedBody = codecOf(body, version).decode(reader);
  assert.equal(reader.remaining, 0, "bytes left over");
  const writer = new ByteWriter();
  codecOf(header, headerVersion).encode(writer, decodedHeader as never);
  codecOf(body, version).encode(writer, decodedBody as never);
  assert.equal(Buffer.from(writer.written).toString("hex"), frame, "written differently");
  return { header: decodedHeader, body: decodedBody };
}

function responseHeaderVersion(apiKey: number, version: number): number {
  // KIP-511: a client that asked in a version the broker lacks could not read a flexible header.
  return apiKey !== API_VERSIONS && isFlexible(apiByKey(apiKey)!.response, version) ? 1 : 0;
}

function check(exchange: Exchange): void {
  const api = apiByKey(exchange.apiKey);
  assert(api, `API ${exchange.apiKey} is not declared`);
  const headerVersion = isFlexible(api.request, exchange.version) ? 2 : 1;
  const request = roundTrip(exchange.request, [requestHeader, headerVersion], [
    api.request,
    exchange.version,
  ]);
  assert.equal(request.header.requestApiKey, exchange.apiKey);
  assert.equal(request.header.requestApiVersion, exchange.version);
  assert.equal(request.header.clientId, exchange.client);
  if (exchange.response === null) return;
  const response = roundTrip(
    exchange.response,
    [responseHeader, responseHeaderVersion(exchange.apiKey, exchange.version)],
    [api.response, exchange.version],
  );
  assert.equal(response.header.correlationId, request.header.correlationId);
}

const files = folders
  .flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, import.meta.url))].map((entry) => `${folder}/${entry.name}`)
  )
  .filter((name) => !name.endsWith("/refused.jsonl"))
  .sort();

for (const file of files) {
  Deno.test(`wire: recorded frames of ${file.replace(".jsonl", "")} are read and written unchanged`, () => {
    for (const [line, exchange] of exchanges(file).entries()) {
      try {
        check(exchange);
      } catch (error) {
        throw new Error(`${file}:${line + 1} v${exchange.version} from ${exchange.client}`, { cause: error });
      }
    }
  });
}

Deno.test("wire: every declared API has recorded frames at its lowest and its highest version", () => {
  const recorded = new Set(files.flatMap(exchanges).map((one) => `${one.apiKey} ${one.version}`));
  // No client sends these to Kafka 4.3: it does not advertise the version (KIP-939).
  const neverSent = new Set(["22 6"]);
  const missing: string[] = [];
  for (const api of apis) {
    for (const version of [api.request.versions.min, api.request.versions.max]) {
      const kind = `${api.key} ${version}`;
      if (!recorded.has(kind) && !neverSent.has(kind)) missing.push(`${api.name} v${version}`);
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test("wire: an unknown version of ApiVersions is answered in version 0 (KIP-511)", () => {
  const refused = exchanges("wire/refused.jsonl").filter((one) => one.apiKey === API_VERSIONS);
  assert.equal(refused.length, 1);
  const api = apiByKey(API_VERSIONS)!;
  const { body } = roundTrip(refused[0]!.response!, [responseHeader, 0], [api.response, 0]);
  assert.equal(body["errorCode"], 35);
});
