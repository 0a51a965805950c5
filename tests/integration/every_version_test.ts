/**
 * Every API that the broker advertises, at every version, asked as real clients and Kafka's own request classes ask
 * (tests/golden/wire): the answer must be a whole message of that version. What it says is for the tests of each API.
 */

import assert from "node:assert/strict";
import { apiVersions } from "../../src/protocol/messages/18_api_versions.ts";
import { apiByKey } from "../../src/protocol/messages/index.ts";
import { sharedBroker } from "../harness/broker.ts";
import { type GoldenExchange, goldenExchanges } from "../harness/golden_frames.ts";
import { decodeResponse, framed, WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const shared = sharedBroker();
const test = wireTests(shared);
const PRODUCE = 0;
/** JoinGroup and SyncGroup wait for other members, which is for the tests of groups. */
const waiting = new Set([11, 14]);

function byVersion(): Map<string, GoldenExchange[]> {
  const found = new Map<string, GoldenExchange[]>();
  for (const one of goldenExchanges()) {
    // What the recorded broker did not answer, a produce with acks=0, has no answer here either.
    if (one.response === null) continue;
    const kind = `${one.apiKey} ${one.version}`;
    found.set(kind, [...found.get(kind) ?? [], one]);
  }
  return found;
}

test("every advertised API answers recorded requests at every version", async (client) => {
  const recorded = byVersion();
  const { apiKeys } = await client.send(apiVersions, 3, {
    clientSoftwareName: "wire-test",
    clientSoftwareVersion: "1.0",
  });
  const unanswered: string[] = [];
  const notRecorded: string[] = [];
  for (const { apiKey, minVersion, maxVersion } of apiKeys) {
    const api = apiByKey(apiKey)!;
    const lowest = apiKey === PRODUCE ? api.request.versions.min : minVersion;
    for (let version = lowest; version <= maxVersion; version++) {
      const requests = recorded.get(`${apiKey} ${version}`) ?? [];
      if (requests.length === 0) notRecorded.push(`${api.name} v${version}`);
      if (waiting.has(apiKey)) continue;
      using one = await WireClient.connect(shared.address);
      for (const { request } of requests) {
        await one.write(framed(request));
        const response = await one.readFrame();
        if (response === null) {
          unanswered.push(`${api.name} v${version}`);
          break;
        }
        decodeResponse(api, version, response);
      }
    }
  }
  assert.deepEqual(unanswered, []);
  assert.deepEqual(notRecorded, []);
});
