/**
 * Damaged frames in front of every decoder. Invariants: decoding ends, with a message or with DecodeError and nothing
 * else; what was decoded can be encoded, and decodes to the same again. The dispatcher adds headers and versions, and
 * calls a handler at most once.
 */

import assert from "node:assert/strict";
import { ByteReader, ByteWriter } from "../../src/core/bytes.ts";
import { DecodeError } from "../../src/core/errors.ts";
import { Prng } from "../../src/core/prng.ts";
import { codecOf, isFlexible } from "../../src/protocol/codec.ts";
import { requestHeader, responseHeader } from "../../src/protocol/header.ts";
import { apiByKey, apis } from "../../src/protocol/messages/index.ts";
import type { Message } from "../../src/protocol/schema.ts";
import { dispatch } from "../../src/server/dispatcher.ts";
import { type ConnectionInfo, type Handler, NO_RESPONSE, Registry } from "../../src/server/registry.ts";
import { goldenExchanges } from "../harness/golden_frames.ts";
import { damagedBytes } from "../harness/mutate.ts";

const seed = Number(Deno.env.get("SLUICE_FUZZ_SEED") ?? 20260101);
const ROUNDS = Number(Deno.env.get("SLUICE_FUZZ_ROUNDS") ?? 60);
const API_VERSIONS = 18;

const exchanges = goldenExchanges();

/** Decodes; any error but DecodeError fails the test. */
function decodeOrNull(message: Message, version: number, bytes: Uint8Array, from: number): unknown {
  try {
    const reader = new ByteReader(bytes, from);
    return codecOf(message, version).decode(reader);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return null;
  }
}

function encode(message: Message, version: number, value: unknown): Uint8Array {
  const writer = new ByteWriter();
  codecOf(message, version).encode(writer, value as never);
  return writer.written;
}

/** How many bytes the undamaged header takes, so that damage falls on the body. */
function headerBytes(header: Message, version: number, frame: Uint8Array): number {
  const reader = new ByteReader(frame);
  codecOf(header, version).decode(reader);
  return reader.position;
}

for (const api of apis) {
  const own = exchanges.filter((one) => one.apiKey === api.key);
  Deno.test(`fuzz: damaged ${api.name} frames decode or are refused (seed ${seed})`, () => {
    const random = new Prng(seed + api.key);
    let decoded = 0;
    for (const { version, request, response } of own) {
      const isFlexibleResponse = api.key !== API_VERSIONS && isFlexible(api.response, version);
      const bodies: [Message, Uint8Array, number][] = [
        [api.request, request, headerBytes(requestHeader, isFlexible(api.request, version) ? 2 : 1, request)],
      ];
      if (response !== null) {
        bodies.push([
          api.response,
          response,
          headerBytes(responseHeader, isFlexibleResponse ? 1 : 0, response),
        ]);
      }
      for (const [message, frame, from] of bodies) {
        const body = frame.subarray(from);
        for (let round = 0; round < ROUNDS; round++) {
          const value = decodeOrNull(message, version, damagedBytes(body, random), 0);
          if (value === null) continue;
          decoded++;
          const again = encode(message, version, value);
          assert.deepEqual(decodeOrNull(message, version, again, 0), value, `${message.name} v${version}`);
        }
      }
    }
    assert.ok(decoded > 0, "damage that is always refused tests little");
  });
}

Deno.test(`fuzz: the dispatcher answers damaged frames with a handler's call or DecodeError (seed ${seed})`, () => {
  let calls = 0;
  const handlers: Handler[] = apis.map((api) => ({
    api,
    versions: api.request.versions,
    advertisedMin: api.request.versions.min,
    handle: () => {
      calls++;
      return NO_RESPONSE;
    },
  }));
  const registry = new Registry(handlers);
  const connection = {} as ConnectionInfo;
  const random = new Prng(seed);
  let refused = 0;
  for (const { request } of exchanges) {
    for (let round = 0; round < ROUNDS / 4; round++) {
      const bytes = damagedBytes(request, random);
      const before = calls;
      try {
        dispatch(registry, { bytes, from: 0, to: bytes.length }, { connection, receivedMs: 0 });
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refused++;
      }
      assert.ok(calls - before <= 1);
    }
  }
  assert.ok(calls > 1000 && refused > 1000, `${calls} calls, ${refused} refused`);
});

Deno.test("fuzz: lengths and counts that lie are refused before anything is allocated for them", () => {
  // Every byte of every frame as the start of a huge number, in both encodings.
  for (const { apiKey, version, request } of exchanges) {
    const api = apiByKey(apiKey)!;
    const from = headerBytes(requestHeader, isFlexible(api.request, version) ? 2 : 1, request);
    const step = Math.max(1, Math.floor((request.length - from) / 12));
    for (let at = from; at < request.length; at += step) {
      for (
        const huge of [[0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0x7f]]
      ) {
        const bytes = request.slice();
        bytes.set(huge.slice(0, bytes.length - at), at);
        decodeOrNull(api.request, version, bytes, from);
      }
    }
  }
});
