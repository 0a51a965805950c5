/** Bodies that are too long, too slow, or not whole. */

import assert from "node:assert/strict";
import { BodyReader, contentTypeOf, parseJson } from "../../../../src/http/rest/body.ts";
import { Problem } from "../../../../src/http/rest/problem.ts";
import { denoPlatform } from "../../../../src/platform/adapters/deno.ts";
import type { Timer } from "../../../../src/platform/platform.ts";

const { clock, timers } = denoPlatform();

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("http://localhost/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
}

function status(expected: number): (error: unknown) => boolean {
  return (error) => error instanceof Problem && error.status === expected;
}

Deno.test("a body is read as it is, with a length and without", async () => {
  const bodies = new BodyReader({ clock, timers });
  assert.equal(await bodies.read(post("é{", { "content-length": "3" }), 10), "é{");
  const halves = [Uint8Array.of(0xc3), Uint8Array.of(0xa9, 0x7b)];
  assert.equal(await bodies.read(post(ReadableStream.from(halves)), 10), "é{");
  bodies.close();
});

Deno.test("a body that is too large is not read to its end", async () => {
  const bodies = new BodyReader({ clock, timers });
  await assert.rejects(bodies.read(post("x".repeat(11), { "content-length": "11" }), 10), status(413));
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(4));
    },
  });
  await assert.rejects(bodies.read(post(endless), 10), status(413));
  assert.ok(pulled < 10);
  bodies.close();
});

Deno.test("a body that breaks off is the sender's fault", async () => {
  const bodies = new BodyReader({ clock, timers });
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new Error("reset")),
  });
  await assert.rejects(bodies.read(post(broken), 10), status(400));
  bodies.close();
});

Deno.test("a sender that takes too long loses its place, and one that does not keeps it", async () => {
  let nowMs = 0;
  const due: (() => void)[] = [];
  const after = (_: number, task: () => void): Timer => {
    due.push(task);
    return { cancel: () => {} };
  };
  const bodies = new BodyReader({
    clock: { monotonicMs: () => nowMs, wallMs: () => nowMs },
    timers: { ...timers, after },
  });
  const slow = bodies.read(post(new ReadableStream({})), 10);
  nowMs = 5_000;
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const later = bodies.read(post(new ReadableStream({ start: (own) => void (controller = own) })), 10);
  nowMs = 11_000;
  due.shift()!();
  await assert.rejects(slow, status(400));
  controller!.close();
  assert.equal(await later, "");
  nowMs = 30_000;
  due.shift()!();
  assert.equal(due.length, 0, "nobody waits, so nobody looks");
});

Deno.test("a body that is not UTF-8 is refused instead of mended", async () => {
  const bodies = new BodyReader({ clock, timers });
  const wrong = Uint8Array.of(0x22, 0xff, 0x22);
  await assert.rejects(bodies.read(post(wrong, { "content-length": "3" }), 10), status(400));
  await assert.rejects(bodies.read(post(ReadableStream.from([wrong])), 10), status(400));
  assert.equal(await bodies.read(post("\uFFFD", { "content-length": "3" }), 10), "\uFFFD");
  bodies.close();
});

Deno.test("the media type is compared without its parameters", () => {
  const typeOf = (type: string) => contentTypeOf(post("", { "content-type": type }));
  assert.equal(typeOf("application/json"), "application/json");
  assert.equal(typeOf("Application/JSON; charset=utf-8"), "application/json");
  assert.equal(contentTypeOf(new Request("http://localhost/")), "");
});

Deno.test("what is not JSON is told", () => {
  assert.throws(() => parseJson("{"), status(400));
});
